//! No worker of the supervisor is left, running or as a zombie, and no process that a worker has
//! started is left running. This test has a program of its own, because that becomes the parent of
//! every orphan.

#![cfg(target_os = "linux")]

#[path = "it/harness.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod harness;

use exitmacro_testing::Deadline;
use harness::{EXIT_PATHS, WITHOUT, compare, program, run, send};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{ptr, thread};

exitmacro_testing::isolate!();

const SUPERVISOR: &str = env!("CARGO_BIN_EXE_supervisor");

/// From here on, orphans become children of this process.
fn adopt_orphans() {
    // SAFETY: it has no preconditions.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
}

/// A child of this process, by `/proc`.
#[derive(Debug, PartialEq)]
struct Child {
    id: u32,
    name: String,
    is_zombie: bool,
    /// The supervisor puts each worker into a group of its own.
    leads_group: bool,
}

impl Child {
    fn of_this_process(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // `id (name) state parent group …`
        let (name, rest) = stat.split_once(" (")?.1.rsplit_once(") ")?;
        let [state, parent, group] = rest.split(' ').take(3).collect::<Vec<_>>()[..] else {
            return None;
        };
        (parent.parse() == Ok(std::process::id())).then(|| Self {
            id,
            name: name.to_owned(),
            is_zombie: state == "Z",
            leads_group: group.parse() == Ok(id),
        })
    }
}

fn children() -> Vec<Child> {
    let processes = fs::read_dir("/proc")
        .expect("it is there")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter_map(Child::of_this_process).collect()
}

fn supervisor_runs() -> bool {
    children().iter().any(|child| child.name == "supervisor" && !child.is_zombie)
}

#[expect(clippy::cast_possible_wrap, reason = "process ids are positive")]
fn reap(process: u32) {
    // SAFETY: a null status is not written.
    unsafe { libc::waitpid(process as libc::pid_t, ptr::null_mut(), 0) };
}

/// What the supervisor has left behind. An orphan that has ended is none of its processes: its
/// parent reaps it.
fn left_behind() -> Vec<Child> {
    let (orphans, left): (Vec<_>, _) =
        children().into_iter().partition(|child| child.is_zombie && !child.leads_group);
    orphans.iter().for_each(|orphan| reap(orphan.id));
    left
}

/// Reaps orphans as init does, while the supervisor runs: no other process can reap a background
/// process whose shell has ended. Those that exist when the supervisor has ended stay, to be found.
fn as_init<R>(work: impl FnOnce() -> R) -> R {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                let orphans = children()
                    .into_iter()
                    .filter(|child| child.name != "supervisor" && child.is_zombie);
                let orphans: Vec<_> = orphans.collect();
                if supervisor_runs() {
                    orphans.iter().for_each(|orphan| reap(orphan.id));
                }
                thread::sleep(Duration::from_millis(1));
            }
        });
        let result = work();
        is_over.store(true, Relaxed);
        result
    })
}

fn kill_all(processes: &[Child]) {
    for process in processes {
        send(process.id, libc::SIGKILL);
        reap(process.id);
    }
}

// The only test, because another test would have children too.
#[test]
fn no_worker_is_left_on_any_exit_path() {
    adopt_orphans();
    for &(exit_path, code) in EXIT_PATHS {
        let ended = as_init(|| run(&mut program(SUPERVISOR, exit_path, Path::new("/"))));
        assert_eq!((ended.code, left_behind()), (code, vec![]), "{exit_path}: {ended:?}");
    }
    as_init(|| compare(&mut Command::new(SUPERVISOR), include_str!("../src/bin/supervisor.rs")));
    assert_eq!(left_behind(), vec![]);

    // Processes that are left keep its streams, so they are not piped.
    let mut command = program(SUPERVISOR, "exit", Path::new("/"));
    exitmacro_testing::prepare(&mut command)
        .env(WITHOUT.0, WITHOUT.1)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut supervisor = command.spawn().expect("the program starts");
    let deadline = Deadline::of(&supervisor);
    let status = supervisor.wait().expect("the program can be waited for");
    drop(deadline);
    let left = children();
    kill_all(&left);
    // The processes that the shells had started are our children now.
    kill_all(&children());
    assert_eq!((status.code(), left.len()), (Some(3), 3), "{left:?}");
}
