//! The first process of a container: the kernel ignores default actions of signals there.

use super::{forced, start};
use crate::support::{Running, Scenario, scenario};
use exitmacro_testing::send;

/// The first process of a pid namespace, as in a container. `None` where this user may not create a
/// namespace.
fn in_container(program: &Scenario, arguments: &[&str]) -> Option<(Running, i32)> {
    let unshare = || Scenario::of("unshare".as_ref()).args(["--pid", "--fork", "--mount-proc"]);
    if !exitmacro_testing::has_program("unshare") {
        exitmacro_testing::left_out("`unshare` is not here", "package `util-linux`");
        return None;
    }
    if unshare().arg("true").run().code() != 0 {
        exitmacro_testing::left_out(
            "this user may not start a process in a namespace of its own",
            "root may",
        );
        return None;
    }
    let running = start(unshare().arg(program.program()).args(arguments));
    let unshare = running.child.id();
    let children = std::fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"))
        .expect("the children of a process are listed");
    let first = children.trim().parse().expect("one child");
    Some((running, first))
}

#[test]
fn the_first_process_of_a_container_ends_too() {
    let ran = "ready\nSIGTERM, Some(143)\n";
    for (program, code, stdout) in [
        (scenario!("signals_by_main"), 143, ran),
        // Raising the signal has no effect there.
        (scenario!("signals_reraise"), 143, ran),
        (scenario!("signals_exit_zero"), 0, "ready\nSIGTERM, Some(0)\n"),
    ] {
        let Some((running, first)) = in_container(&program, &[]) else { return };
        send(first, libc::SIGTERM);
        running.end().assert(code, stdout, "");
    }
}

#[test]
fn a_second_signal_ends_the_first_process_of_a_container() {
    for policy in ["exit_code", "reraise"] {
        let arguments: &[&str] =
            if policy == "reraise" { &["stuck", "reraise"] } else { &["stuck"] };
        let Some((mut running, first)) = in_container(&scenario!("signals"), arguments) else {
            return;
        };
        send(first, libc::SIGTERM);
        running.wait_for("stuck");
        send(first, libc::SIGINT);
        running.end().assert(130, "ready\nSIGTERM, Some(143)\nstuck\n", &forced(libc::SIGINT));
    }
}
