//! PID files.

use crate::contest::winners_of;
use crate::forked::{fork, wait_for};
use crate::{close_all, kept, made};
use exitmacro::resource;
use std::fs;
use std::io::{Read, Write, pipe};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "pid file" => println!("{:?}", made(resource::pid_file(folder.join("pid")))),
        "pid file, any umask" => {
            // SAFETY: no other thread makes a file.
            unsafe { libc::umask(0) };
            let pid_file = resource::pid_file(folder.join("pid")).expect("it can be made");
            let permissions = fs::metadata(pid_file.path()).expect("it is there").permissions();
            println!("{:o}", permissions.mode() & 0o777);
        }
        "pid file, killed" => {
            println!("{:?}", made(resource::pid_file(folder.join("pid"))));
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "pid file, twice" => pid_file_twice(&folder.join("pid")),
        "pid files at the same moment" => pid_files_at_the_same_moment(&folder.join("pid")),
        "pid file, passed around" => pid_file_passed_around(folder),
        "pid file of a child" => pid_file_of_a_child(&folder.join("pid")),
        "pid file of a daemon" => pid_file_of_a_daemon(&folder.join("pid"), true),
        "pid file of a daemon that adopts first" => {
            pid_file_of_a_daemon(&folder.join("pid"), false);
        }
        "pid file of another" => {
            kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            fs::write(folder.join("pid"), "1\n").expect("it can be written");
        }
        "pid file, rewritten when it is gone" => {
            let pid_file = kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            fs::remove_file(pid_file.path()).expect("it is there");
            println!("{:?}", pid_file.rewrite().map_err(|error| error.kind()));
        }
        "pid file, rewritten without its descriptor" => {
            let pid_file = kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            close_all();
            println!("{:?}", pid_file.rewrite().map_err(|error| error.to_string()));
        }
        "pid file on a full disk" => {
            let pid_file = kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            have_no_file_grow();
            println!("{}", pid_file.rewrite().is_ok());
            println!(
                "{:?}",
                fs::read_to_string(pid_file.path())
                    .is_ok_and(|text| { text == format!("{}\n", std::process::id()) })
            );
            println!("{}", resource::pid_file(folder.join("another")).is_ok());
        }
        _ => return false,
    }
    true
}

/// From now on writes fail as on a full disk, with another error.
fn have_no_file_grow() {
    let limit = libc::rlimit { rlim_cur: 0, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the signal is ignored in place of ending the process, and the limit is valid.
    let is_set = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) == 0
    };
    assert!(is_set, "{}", std::io::Error::last_os_error());
}

fn pid_file_twice(path: &Path) {
    let first = resource::pid_file(path).expect("no process has it");
    println!(
        "{}",
        resource::pid_file(path).is_err_and(|error| error
            .to_string()
            .ends_with(&format!("pid: process {} has it", std::process::id())))
    );
    drop(first);
    println!("{:?}", made(resource::pid_file(path)));
}

/// Several processes take over one file that was left behind, many times. Counts how often one of
/// them succeeded.
fn pid_files_at_the_same_moment(path: &Path) {
    let mut once = 0;
    for _ in 0..200 {
        fs::write(path, "999999999\n").expect("it can be written");
        once += u32::from(winners_of(path, 8) == 1);
        assert!(!path.exists(), "its owner has ended");
    }
    println!("{once} times one");
}

/// Several processes take and release the file many times. The owner makes a mark that no other
/// process may find.
fn pid_file_passed_around(folder: &Path) {
    let take_and_give_back = || {
        for _ in 0..100 {
            let pid_file = std::iter::repeat_with(|| resource::pid_file(folder.join("pid")))
                .find_map(Result::ok);
            fs::File::create_new(folder.join("mark")).expect("no other process has the file");
            thread::yield_now();
            fs::remove_file(folder.join("mark")).expect("it is there");
            drop(pid_file);
        }
        std::process::exit(0)
    };
    let children: Vec<_> = (0..4).map(|_| fork().unwrap_or_else(take_and_give_back)).collect();
    println!("{:?}", children.into_iter().map(wait_for).collect::<Vec<_>>());
}

/// The child of the owner of a file releases its part of it. When the owner is killed, the file is
/// free, although the child lives.
fn pid_file_of_a_child(path: &Path) {
    let (mut end, ender) = pipe().expect("a pipe");
    let (mut answers, mut answer) = pipe().expect("a pipe");
    let Some(owner) = fork() else {
        drop(ender);
        let pid_file = resource::pid_file(path).expect("no process has it");
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

/// A file that is made before the fork belongs to the daemon after it.
fn pid_file_of_a_daemon(path: &Path, rewrites_first: bool) {
    let (mut parent_ends, held_by_parent) = pipe().expect("a pipe");
    let pid_file = kept(resource::pid_file(path).expect("no process has it"));
    if fork().is_some() {
        // Closed only by the end of the process.
        std::mem::forget(held_by_parent);
        return;
    }
    drop(held_by_parent);
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    if rewrites_first {
        pid_file.rewrite().expect("it is open");
    }
    exitmacro::adopt().expect("it is not too late");
    if !rewrites_first {
        pid_file.rewrite().expect("it is open");
    }
    parent_ends.read_to_end(&mut Vec::new()).expect("the pipe ends with the parent");
    println!("{:?}", made(resource::pid_file(path)));
    println!(
        "{}",
        fs::read_to_string(path).expect("it is there") == format!("{}\n", std::process::id())
    );
}
