//! Locks of files.

use crate::forked::{fork, wait_for};
use crate::orphan::Orphan;
use crate::{kept, printable};
use exitmacro::resource::{LockFile, lock_file};
use exitmacro::{ExitContext, Handler, Tracked};
use std::fs;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    let path = folder.join("lock");
    match what {
        "lock" => {
            kept(lock_file(&path).expect("it is free"));
            println!("locked");
        }
        "lock, until stdin ends" => {
            kept(lock_file(&path).expect("it is free"));
            println!("locked by {}", std::process::id());
            std::io::stdin().read_to_end(&mut Vec::new()).expect("it can be read");
        }
        "lock, tried" => println!("{}", tried(&path, folder)),
        "lock, last of all" => last_of_all(&path),
        "lock, shared with a child" => shared_with_a_child(&path, folder),
        "lock, left to a child" => left_to_a_child(&path, folder),
        "lock of a daemon" => of_a_daemon(&path, folder),
        "lock, descriptor closed" => {
            kept(lock_file(&path).expect("it is free"));
            // SAFETY: what daemons do; std uses none of them from here on.
            (3..100).for_each(|descriptor| _ = unsafe { libc::close(descriptor) });
        }
        "lock, refused" => refused(folder),
        #[cfg(target_os = "linux")]
        "lock, creating refused" => creating_refused(&path, folder),
        "locks at the same moment" => at_the_same_moment(&path),
        _ => return false,
    }
    true
}

/// Whether the lock is free, and if not, why.
fn tried(path: &Path, folder: &Path) -> String {
    match lock_file(path) {
        Ok(lock) => {
            assert_eq!(lock.path(), path);
            "free".to_owned()
        }
        Err(error) => format!("{:?}: {}", error.kind(), printable(&error, folder)),
    }
}

/// A handler with a very low priority still finds the lock.
fn last_of_all(path: &Path) {
    kept(lock_file(path).expect("it is free"));
    let path = path.to_owned();
    let handler = Handler::new("late").priority(i32::MIN + 1);
    handler
        .register(move |_: &ExitContext| println!("free: {}", lock_file(&path).is_ok()))
        .expect("it is not too late");
}

/// A child drops its handle, and another one exits with it. Both leave the lock alone. A third one
/// lives on when the parent has released the lock.
fn shared_with_a_child(path: &Path, folder: &Path) {
    let own = format!("process {}", std::process::id());
    let lock = lock_file(path).expect("it is free");
    for drops in [true, false] {
        let Some(child) = fork() else {
            if drops {
                drop(lock);
            } else {
                kept(lock);
            }
            std::process::exit(0);
        };
        assert_eq!(wait_for(child), 0);
        println!("{}", tried(path, folder).replace(&own, "this process"));
    }
    let (mut end, ender) = pipe().expect("a pipe");
    let Some(child) = fork() else {
        drop(ender);
        end.read_to_end(&mut Vec::new()).expect("it ends");
        kept(lock);
        std::process::exit(0);
    };
    drop(lock);
    println!("{}", tried(path, folder));
    drop(ender);
    assert_eq!(wait_for(child), 0);
}

/// The owner is killed, and its child lives on: the lock is free when the child has ended. Its
/// owner is not named, because there is no such process.
fn left_to_a_child(path: &Path, folder: &Path) {
    let orphan = Orphan::of(|| kept(lock_file(path).expect("it is free")), |_| ());
    println!("{}", orphan.parent);
    println!("{}", tried(path, folder));
    orphan.end();
    println!("{}", tried(path, folder));
}

/// The lock that is taken before the fork belongs to the daemon after it.
fn of_a_daemon(path: &Path, folder: &Path) {
    let (mut parent_ends, held_by_parent) = pipe().expect("a pipe");
    let lock: &Tracked<LockFile> = kept(lock_file(path).expect("it is free"));
    if fork().is_some() {
        // Closed only by the end of the process.
        std::mem::forget(held_by_parent);
        return;
    }
    drop(held_by_parent);
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    exitmacro::adopt().expect("it is not too late");
    parent_ends.read_to_end(&mut Vec::new()).expect("it ends");
    let error = tried(path, folder);
    println!("{} {}", lock.path().exists(), error.starts_with("WouldBlock: _/lock: "));
}

fn refused(folder: &Path) {
    let print = |path: &Path| println!("{}", tried(path, folder));
    print(&folder.join("missing/lock"));
    print(folder);
    std::os::unix::fs::symlink("target", folder.join("link")).expect("the place is free");
    print(&folder.join("link"));
    fs::remove_file(folder.join("link")).expect("it is there");
}

/// As in a directory such as `/tmp`, where Linux refuses to create the file of another user once
/// more (`fs.protected_regular`).
#[cfg(target_os = "linux")]
fn creating_refused(path: &Path, folder: &Path) {
    use crate::refused_calls::{Exempt, refuse};

    drop(lock_file(path).expect("it is free"));
    let bits = u32::try_from(libc::O_CREAT).expect("it is a bit");
    let existing = Exempt { argument: 2, bits, are_set: false };
    if refuse(&[(libc::SYS_openat, Some(existing))], libc::EACCES) {
        println!("{}", tried(path, folder));
        println!("{}", tried(&folder.join("new"), folder));
    }
}

/// Of several processes one gets the lock, each time.
fn at_the_same_moment(path: &Path) {
    let mut once = 0;
    for _ in 0..100 {
        let (start, starter) = pipe().expect("a pipe");
        let (end, ender) = pipe().expect("a pipe");
        let (mut answers, answer) = pipe().expect("a pipe");
        let mut children = Vec::new();
        for _ in 0..4 {
            let Some(child) = fork() else {
                drop((starter, ender));
                compete(path, start, &answer, end);
            };
            children.push(child);
        }
        drop(starter);
        let mut all = [0; 4];
        answers.read_exact(&mut all).expect("the children answer");
        drop(ender);
        assert!(children.into_iter().all(|child| wait_for(child) == 0));
        once += u32::from(all.into_iter().filter(|&answer| answer == b'y').count() == 1);
    }
    println!("{once} times one");
}

/// No process releases the lock before all have tried.
fn compete(path: &Path, mut start: PipeReader, mut answer: &PipeWriter, mut end: PipeReader) -> ! {
    start.read_to_end(&mut Vec::new()).expect("the parent starts it");
    let lock = lock_file(path);
    answer.write_all(if lock.is_ok() { b"y" } else { b"n" }).expect("the parent reads");
    end.read_to_end(&mut Vec::new()).expect("the parent ends it");
    drop(lock);
    std::process::exit(0)
}
