//! Temporary files and locks with all their options, in the folder of the second argument. The
//! first argument names what is made, the third how the process ends.

#[path = "../forked.rs"]
mod forked;
mod lock;
#[cfg(target_os = "linux")]
#[path = "../../namespace.rs"]
#[allow(dead_code, reason = "other programs choose process ids")]
mod namespace;
#[path = "../../orphan.rs"]
mod orphan;
mod persist;
#[cfg(target_os = "linux")]
#[path = "../../refused_calls.rs"]
mod refused_calls;
mod temp;

use exitmacro::{AtExitCleanup, Tracked};
use forked::{fork, wait_for};
use std::path::{Path, PathBuf};
use std::{env, thread};

#[exitmacro::main(signals)]
fn main() -> Result<(), String> {
    let argument = |number| env::args().nth(number);
    let what = argument(1).expect("what to make");
    let folder = PathBuf::from(argument(2).expect("a folder"));
    let is_known = [temp::run, persist::run, lock::run].into_iter().any(|run| run(&what, &folder));
    assert!(is_known, "unknown: {what}");
    end(&argument(3).unwrap_or_default(), &folder)
}

/// Ends the process in one of the ways.
fn end(how: &str, folder: &Path) -> Result<(), String> {
    match how {
        "" => {}
        "error" => return Err("no luck".to_owned()),
        "exit 0" => std::process::exit(0),
        "exit 3" => std::process::exit(3),
        "exitmacro exit 3" => exitmacro::exit(3),
        "panic" => panic!("main panics"),
        "a handler fails" => {
            let handler = exitmacro::Handler::new("early").priority(900);
            handler.register(|| Err("no luck".to_owned())).expect("it is not too late");
        }
        "a child exits" => {
            let child = fork().unwrap_or_else(|| std::process::exit(3));
            println!("{}", wait_for(child));
        }
        "SIGTERM" => raise(libc::SIGTERM),
        "SIGKILL" => raise(libc::SIGKILL),
        "elsewhere" => env::set_current_dir("/").expect("it is there"),
        "another root" => {
            // The folder is not to be found by any path from there.
            let inner = folder.join("root");
            std::fs::create_dir(&inner).expect("the place is free");
            if let Err(error) = std::os::unix::fs::chroot(&inner) {
                println!("left out: this user may not change the root: {error}; root may");
            }
            env::set_current_dir("/").expect("it is there");
        }
        other => return Err(format!("unknown end: {other:?}")),
    }
    Ok(())
}

fn raise(signal: libc::c_int) {
    // SAFETY: no preconditions.
    unsafe { libc::kill(libc::getpid(), signal) };
    loop {
        thread::park();
    }
}

/// Leaves the handle to the exit.
fn kept<T: AtExitCleanup>(value: Tracked<T>) -> &'static Tracked<T> {
    Box::leak(Box::new(value))
}

/// A text in which the folder is `_`, and what differs from run to run in a name as well.
fn printable(text: &impl ToString, folder: &Path) -> String {
    let text = text.to_string().replace(&*folder.to_string_lossy(), "_");
    let own = format!("{}-", std::process::id());
    match text.split_once(&own) {
        Some((start, rest)) if rest.is_char_boundary(6) => format!("{start}*{}", &rest[6..]),
        _ => text,
    }
}
