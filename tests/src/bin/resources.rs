//! Ready-made resources in the folder of the second argument, used as the first one says.

use exitmacro::{Tracked, at_exit, resource};
use std::fs;
use std::io::Write;
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
    // SAFETY: no other thread exists.
    let child = unsafe { libc::fork() };
    if child == 0 {
        drop((dir, pid_file));
        std::process::exit(0);
    }
    // SAFETY: a null status is not written.
    assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
    println!("{} {}", dir.path().exists(), pid_file.path().exists());
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
