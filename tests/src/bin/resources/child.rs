//! Child processes, and a thread.

use crate::kept;
use exitmacro::{at_exit, resource};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "child that has ended" => {
            let mut command = Command::new("true");
            let child = kept(resource::child(&mut command).expect("it starts"));
            child.child().wait().expect("it ends");
        }
        "child of a reaped leader" => of_a_reaped_leader(folder),
        "child whose lock is held" => whose_lock_is_held(folder),
        "child, reaped by another" => {
            have_others_wait(&fs::read_to_string(folder.join("reaper")).expect("the test says"));
            let sleep = || Command::new("sleep").arg("1000").spawn().expect("it starts");
            kept(exitmacro::track(sleep()));
            kept(exitmacro::track(Mutex::new(sleep())));
            kept(exitmacro::track(Mutex::new(Some(sleep()))));
            let mut command = Command::new("sleep");
            kept(resource::child(command.arg("1000")).expect("it starts"));
            // These children have ended before.
            kept(exitmacro::track(Command::new("true").spawn().expect("it starts")));
            kept(resource::child(&mut Command::new("true")).expect("it starts"));
        }
        "child that ignores SIGTERM, with a short grace" => {
            let options = resource::ChildOptions::new().grace(Duration::from_millis(50));
            let mut command = Command::new("sh");
            let child = kept(
                resource::child_with(
                    command
                        .args(["-c", "trap '' TERM; echo ready; sleep 1000"])
                        .stdout(Stdio::piped()),
                    options,
                )
                .expect("it starts"),
            );
            let mut stdout = child.child().stdout.take().expect("it is a pipe");
            stdout.read_exact(&mut [0; 6]).expect("it is ready");
        }
        "child that takes long" | "child that may take for ever" => {
            let grace = if what == "child that takes long" {
                Duration::from_secs(60)
            } else {
                Duration::MAX
            };
            let options = resource::ChildOptions::new().grace(grace);
            let script = "trap 'sleep 3; echo ended > ended; exit' TERM; echo ready; while :; \
                          do sleep 0.1; done";
            let mut command = Command::new("sh");
            let command = command
                .current_dir(folder)
                .args(["-c", script])
                .stdout(Stdio::piped())
                .stderr(Stdio::null());
            let child = kept(resource::child_with(command, options).expect("it starts"));
            let mut stdout = child.child().stdout.take().expect("it is a pipe");
            stdout.read_exact(&mut [0; 6]).expect("it is ready");
        }
        "thread that panics" => {
            std::panic::set_hook(Box::new(|_| ()));
            let named = thread::Builder::new()
                .name("writer".to_owned())
                .spawn(|| panic!("disk full"))
                .expect("a thread starts");
            kept(exitmacro::track(Mutex::new(Some(named))));
            kept(exitmacro::track(Mutex::new(Some(thread::spawn(|| panic!("{}", 42))))));
            kept(exitmacro::track(Mutex::new(Some(thread::spawn(|| 42)))));
        }
        _ => return false,
    }
    true
}

/// Waits for all children on another thread until this one ends, as the first process of a
/// container does.
fn reap_all() {
    thread::spawn(|| {
        loop {
            // SAFETY: a null status is not written.
            if unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) } < 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
}

/// Lets something other than this crate reap the children.
fn have_others_wait(what: &str) {
    match what {
        // SAFETY: no handler.
        "kernel" => _ = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) },
        "flag" => {
            // SAFETY: all zeroes is a valid action, that of the default.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_flags = libc::SA_NOCLDWAIT;
                libc::sigaction(libc::SIGCHLD, &raw const action, std::ptr::null_mut());
            }
        }
        "thread" => reap_all(),
        "handle" => {}
        other => panic!("unknown: {other}"),
    }
}

/// A shell that ends, and leaves a process in its group.
pub(crate) fn of_a_reaped_leader(folder: &Path) {
    have_others_wait(&fs::read_to_string(folder.join("reaper")).expect("the test says"));
    let mut command = Command::new("sh");
    let child = kept(
        resource::child(
            command.current_dir(folder).args(["-c", "sleep 1000 & echo $! > grandchild"]),
        )
        .expect("it starts"),
    );
    // Whatever it returns, the child has ended then.
    _ = child.child().wait();
    println!("{}", fs::read_to_string(folder.join("grandchild")).expect("it was written").trim());
}

/// A thread reads what the child prints, under the lock of its handle, so that nothing reaps it. A
/// process of its group ignores the stop signal.
pub(crate) fn whose_lock_is_held(folder: &Path) {
    let script = "(trap '' TERM; until [ -s grandchild ]; do sleep 0.01; done; echo ready; \
                  exec sleep 1000) & echo $! > grandchild; exec sleep 1000";
    let mut command = Command::new("sh");
    let command = command.current_dir(folder).args(["-c", script]).stdout(Stdio::piped());
    let child = kept(resource::child(command).expect("it starts"));
    let (is_ready, ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut guard = child.child();
        let stdout = guard.stdout.as_mut().expect("it is a pipe");
        stdout.read_exact(&mut [0; 6]).expect("it is ready");
        is_ready.send(()).expect("it is waited for");
        _ = stdout.read_exact(&mut [0; 1]);
    });
    ready.recv().expect("the thread tells");
    println!("{}", fs::read_to_string(folder.join("grandchild")).expect("it was written").trim());
}

/// Runs last. A zombie would be reaped here.
#[at_exit(priority = i32::MIN)]
fn look_for_zombies() {
    // SAFETY: a null status is not written.
    let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    if left != -1 {
        println!("a child is left: {left}");
    }
}
