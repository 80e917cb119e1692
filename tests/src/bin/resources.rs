//! Ready-made resources in the folder of the second argument, used as the first one says.

mod forked;

use exitmacro::{Tracked, at_exit, resource};
use forked::{fork, wait_for};
use std::fs;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

fn main() {
    let what = std::env::args().nth(1).expect("what to do");
    let folder = PathBuf::from(std::env::args().nth(2).expect("a folder"));
    let code = std::env::args().nth(3).map_or(0, |code| code.parse().expect("a number"));
    match what.as_str() {
        "temp" => temp(false),
        "temp, kept on failure" => temp(true),
        "temp, gone already" => fs::remove_dir_all(kept(resource::temp_dir().expect("it can be made")).path()).expect("it is there"),
        "pid file" => println!("{:?}", made(resource::pid_file(folder.join("pid")))),
        "pid file, killed" => {
            println!("{:?}", made(resource::pid_file(folder.join("pid"))));
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "pid file, twice" => pid_file_twice(&folder.join("pid")),
        "pid files at the same moment" => pid_files_at_the_same_moment(&folder.join("pid")),
        "pid file, passed around" => pid_file_passed_around(&folder),
        "pid file of a child" => pid_file_of_a_child(&folder.join("pid")),
        "pid file of a daemon" => pid_file_of_a_daemon(&folder.join("pid")),
        "pid file of another" => {
            kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            fs::write(folder.join("pid"), "1\n").expect("it can be written");
        }
        "socket" => println!("{:?}", made(resource::unix_socket(folder.join("socket")))),
        "socket of another" => {
            kept(resource::unix_socket(folder.join("socket")).expect("it can be made"));
            fs::remove_file(folder.join("socket")).expect("it is there");
            drop(UnixListener::bind(folder.join("socket")).expect("the place is free"));
        }
        // Waits for what it started, so that nobody else has to, whenever that would be.
        "child" => child(&folder, "trap 'wait; exit' TERM; sleep 1000 & echo $! > grandchild; wait"),
        "stubborn child" => child(&folder, "trap '' TERM; sleep 1000 & echo $! > grandchild; wait; wait"),
        "child that has ended" => {
            let mut command = Command::new("true");
            let child = kept(resource::child(&mut command).expect("it starts"));
            child.child().wait().expect("it ends");
        }
        "in a forked child" => in_a_forked_child(&folder),
        other => panic!("unknown: {other}"),
    }
    std::process::exit(code);
}

/// Leaves the handle to the exit.
fn kept<T: exitmacro::AtExitCleanup>(value: Tracked<T>) -> &'static Tracked<T> {
    Box::leak(Box::new(value))
}

fn made<T: exitmacro::AtExitCleanup>(result: std::io::Result<Tracked<T>>) -> Result<(), std::io::ErrorKind> {
    result.map(|value| _ = kept(value)).map_err(|error| error.kind())
}

fn temp(keep: bool) {
    let dropped = resource::temp_dir().expect("it can be made");
    let path = dropped.path().to_owned();
    drop(dropped);
    println!("gone after its drop: {}", !path.exists());
    let dir = kept(resource::temp_dir().expect("it can be made"));
    fs::create_dir(dir.path().join("inner")).expect("it is there");
    fs::write(dir.path().join("inner/file"), "text").expect("it is there");
    let file = kept(resource::temp_file().expect("it can be made"));
    fs::File::create(file.path()).and_then(|mut file| file.write_all(b"text")).expect("it is there");
    if keep {
        dir.keep_on_failure();
    }
    println!("{}\n{}", dir.path().display(), file.path().display());
}

/// Starts a shell that starts a child in turn, and waits until that one runs.
fn child(folder: &Path, script: &str) {
    let mut command = Command::new("sh");
    let child = kept(resource::child(command.current_dir(folder).args(["-c", script])).expect("it starts"));
    let grandchild = || fs::read_to_string(folder.join("grandchild")).unwrap_or_default().trim().to_owned();
    // Until then it is a copy of the shell, with the traps of that.
    while !fs::read_to_string(format!("/proc/{}/comm", grandchild())).is_ok_and(|name| name == "sleep\n") {
        thread::sleep(Duration::from_millis(1));
    }
    println!("{}\n{}", child.id(), grandchild());
}

fn in_a_forked_child(folder: &Path) {
    let dir = resource::temp_dir().expect("it can be made");
    let pid_file = resource::pid_file(folder.join("pid")).expect("it can be made");
    let Some(child) = fork() else {
        drop((dir, pid_file));
        std::process::exit(0);
    };
    assert_eq!(wait_for(child), 0);
    println!("{} {}", dir.path().exists(), pid_file.path().exists());
    println!("{:?}", made(resource::pid_file(folder.join("pid"))));
}

fn pid_file_twice(path: &Path) {
    let first = resource::pid_file(path).expect("nobody has it");
    println!("{}", resource::pid_file(path).is_err_and(|error| error.to_string().ends_with(&format!("pid: process {} has it", std::process::id()))));
    drop(first);
    println!("{:?}", made(resource::pid_file(path)));
}

/// Has several processes take over one file that was left behind, again and again, and counts how often one of them got it.
fn pid_files_at_the_same_moment(path: &Path) {
    let mut once = 0;
    for _ in 0..200 {
        fs::write(path, "999999999\n").expect("it can be written");
        once += u32::from(winners_of(path, 8) == 1);
        assert!(!path.exists(), "the one who had it has ended");
    }
    println!("{once} times one");
}

fn winners_of(path: &Path, processes: usize) -> usize {
    let (start, starter) = pipe().expect("a pipe");
    let (end, ender) = pipe().expect("a pipe");
    let (mut answers, answer) = pipe().expect("a pipe");
    let mut children = Vec::new();
    for _ in 0..processes {
        let Some(child) = fork() else {
            drop((starter, ender));
            compete(path, start, &answer, end);
        };
        children.push(child);
    }
    drop(starter);
    let mut all = vec![0; processes];
    answers.read_exact(&mut all).expect("the children answer");
    drop(ender);
    assert!(children.into_iter().all(|child| wait_for(child) == 0));
    all.into_iter().filter(|&answer| answer == b'y').count()
}

/// Nobody gives the file back before all have tried.
fn compete(path: &Path, mut start: PipeReader, mut answer: &PipeWriter, mut end: PipeReader) -> ! {
    start.read_to_end(&mut Vec::new()).expect("the parent starts it");
    let mine = resource::pid_file(path);
    answer.write_all(if mine.is_ok() { b"y" } else { b"n" }).expect("the parent reads");
    end.read_to_end(&mut Vec::new()).expect("the parent ends it");
    std::process::exit(0)
}

/// Has several processes take the file and give it back, again and again. Whoever has it makes a mark that nobody else may find.
fn pid_file_passed_around(folder: &Path) {
    let take_and_give_back = || {
        for _ in 0..100 {
            let pid_file = std::iter::repeat_with(|| resource::pid_file(folder.join("pid"))).find_map(Result::ok);
            fs::File::create_new(folder.join("mark")).expect("nobody else has the file");
            thread::yield_now();
            fs::remove_file(folder.join("mark")).expect("it is there");
            drop(pid_file);
        }
        std::process::exit(0)
    };
    let children: Vec<_> = (0..4).map(|_| fork().unwrap_or_else(take_and_give_back)).collect();
    println!("{:?}", children.into_iter().map(wait_for).collect::<Vec<_>>());
}

/// The child of a process that has a file gives up its part of it. When the process is killed, the file is free, although the child lives.
fn pid_file_of_a_child(path: &Path) {
    let (mut end, ender) = pipe().expect("a pipe");
    let (mut answers, mut answer) = pipe().expect("a pipe");
    let Some(owner) = fork() else {
        drop(ender);
        let pid_file = resource::pid_file(path).expect("nobody has it");
        if fork().is_none() {
            drop(pid_file);
            answer.write_all(b".").expect("it is read");
        }
        end.read_to_end(&mut Vec::new()).expect("it ends");
        std::process::exit(0);
    };
    answers.read_exact(&mut [0]).expect("the child answers");
    println!("{:?}", made(resource::pid_file(path)));
    // SAFETY: the child has not been waited for.
    unsafe { libc::kill(owner, libc::SIGKILL) };
    println!("{}", wait_for(owner));
    println!("{:?}", made(resource::pid_file(path)));
    drop(ender);
}

/// A file that is made before the fork is the daemon's after it.
fn pid_file_of_a_daemon(path: &Path) {
    let (mut parent_ends, held_by_parent) = pipe().expect("a pipe");
    let pid_file = kept(resource::pid_file(path).expect("nobody has it"));
    if fork().is_some() {
        // Closed by the end of the process alone.
        std::mem::forget(held_by_parent);
        return;
    }
    drop(held_by_parent);
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    exitmacro::adopt().expect("it is not too late");
    pid_file.rewrite().expect("it is open");
    parent_ends.read_to_end(&mut Vec::new()).expect("the pipe ends with the parent");
    println!("{:?}", made(resource::pid_file(path)));
    println!("{}", fs::read_to_string(path).expect("it is there") == format!("{}\n", std::process::id()));
}

/// Runs last; a zombie would be waited for here.
#[at_exit(priority = i32::MIN)]
fn look_for_zombies() {
    // SAFETY: a null status is not written.
    let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    if left != -1 {
        println!("a child is left: {left}");
    }
}
