//! The first process of a pid namespace, as in a container.

#![cfg(target_os = "linux")]

use exitmacro_testing::{Running, has_program, left_out, output, send, wait_until};
use std::fs;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_process_one");

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child"]);
    command
}

fn lacks_namespaces() -> bool {
    if !has_program("unshare") {
        left_out("`unshare` is not here", "package `util-linux`");
        return true;
    }
    let is_refused = !output(unshare().arg("true")).status.success();
    if is_refused {
        left_out("this user may not start a process in a namespace of its own", "root may");
    }
    is_refused
}

/// The child of `unshare`, when it has become this program.
fn first_process(unshare: &Running, name: &str) -> i32 {
    let id = unshare.id();
    let children = format!("/proc/{id}/task/{id}/children");
    let child = wait_until(|| {
        let child: i32 = fs::read_to_string(&children).ok()?.trim().parse().ok()?;
        let is_there = fs::read_to_string(format!("/proc/{child}/comm")).ok()?.trim() == name;
        is_there.then_some(child)
    });
    child.expect("the program is started")
}

#[test]
fn handlers_run_in_the_first_process_of_a_container() {
    if lacks_namespaces() {
        return;
    }
    let mut unshare = Running::start(unshare().arg(PROGRAM));
    assert_eq!(unshare.line(), "running as process 1\n");
    send(first_process(&unshare, "process_one"), libc::SIGTERM);
    let ended = unshare.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (143, ""));
    assert_eq!(ended.stdout, "saved, because of SIGTERM\n");
}

/// A signal that ends a process is pending until the process has ended. One without effect is
/// discarded when it is sent.
#[test]
fn a_program_without_handlers_of_signals_ignores_them_there() {
    if lacks_namespaces() {
        return;
    }
    let unshare = Running::start(unshare().args(["sleep", "1000"]));
    let sleep = first_process(&unshare, "sleep");
    send(sleep, libc::SIGTERM);
    let status = fs::read_to_string(format!("/proc/{sleep}/status")).expect("it runs");
    send(sleep, libc::SIGKILL);
    // Not compared: `unshare` 2.38 fails when a signal ends its child.
    unshare.end();
    let field = |name| status.lines().find_map(|line: &str| line.strip_prefix(name)).map(str::trim);
    let state = field("State:").expect("it has one");
    assert!(state.starts_with('S') || state.starts_with('R'), "{status}");
    for pending in ["SigPnd:", "ShdPnd:"] {
        assert_eq!(field(pending), Some("0000000000000000"), "{status}");
    }
}
