//! Signal handlers of the program and of other libraries, installed before ours and after it.

use super::{foreign, signalled, start};
use crate::support::{scenario, seen};

#[test]
fn other_handlers_installed_before_ours_are_called() {
    let ran = |called: &str| format!("ready\nSIGTERM, Some(143)\n{called}last\n");
    signalled(foreign(&["flag", "action", "ours"]), libc::SIGTERM).assert(
        143,
        &ran("flag: true\naction: true, 1\n"),
        "",
    );
    signalled(foreign(&["ctrlc", "ours"]), libc::SIGTERM).assert(143, &ran("ctrlc: true\n"), "");
    signalled(foreign(&["tokio", "ours"]), libc::SIGTERM).assert(143, &ran("tokio: true\n"), "");
    signalled(foreign(&["tokio ctrl_c", "ours"]), libc::SIGINT).assert(
        130,
        "ready\nSIGINT, Some(130)\ntokio ctrl_c: true\nlast\n",
        "",
    );
}

#[test]
fn other_handlers_installed_after_ours_are_called_where_they_share() {
    let ran = |called: &str| format!("ready\nSIGTERM, Some(143)\n{called}last\n");
    signalled(foreign(&["ours", "flag", "action"]), libc::SIGTERM).assert(
        143,
        &ran("flag: true\naction: true, 1\n"),
        "",
    );
    signalled(foreign(&["ours", "tokio"]), libc::SIGTERM).assert(143, &ran("tokio: true\n"), "");
    signalled(foreign(&["ours", "tokio ctrl_c"]), libc::SIGINT).assert(
        130,
        "ready\nSIGINT, Some(130)\ntokio ctrl_c: true\nlast\n",
        "",
    );
}

#[test]
fn other_handlers_are_called_in_a_forked_child_which_gives_the_signal_back() {
    for when in ["before ours", "before the fork", "after the fork"] {
        let ended = scenario!("signals_shared_with_child").arg(when).run();
        ended.assert(0, "flag: true\nthe child ended with 3\n", "");
    }
    let ended = scenario!("signals_shared_with_child").arg("never").run();
    ended.assert(0, &format!("the child ended with {}\n", -libc::SIGTERM), "");
}

#[test]
fn all_kinds_of_other_handlers_are_called_in_one_program() {
    let called = "flag: true\naction: true, 1\nctrlc and tokio: true\nlast\n";
    for order in [
        ["ctrlc", "flag", "action", "tokio", "ours"],
        ["ctrlc", "tokio", "ours", "action", "flag"],
        ["ctrlc", "ours", "tokio", "flag", "action"],
    ] {
        signalled(foreign(&order), libc::SIGTERM).assert(
            143,
            &format!("ready\nSIGTERM, Some(143)\n{called}"),
            "",
        );
    }
}

#[test]
fn ctrlc_replaces_the_handlers_from_before_it() {
    let mut running = start(foreign(&["ours", "ctrlc prints"]));
    running.signal(libc::SIGTERM);
    running.wait_for("ctrlc is called");
    // ctrlc replaced our handler, so no run has begun.
    running.child.kill().expect("it still runs");
    running.end().assert(-libc::SIGKILL, "ready\nctrlc is called\n", "");
    signalled(foreign(&["ours", "ctrlc exits"]), libc::SIGTERM).assert(
        3,
        &seen("ready\nexit, Some(3)\nctrlc exits: true\nlast\n"),
        "",
    );
}

#[test]
fn a_ctrlc_that_replaces_no_handler_leaves_ours_in_place() {
    signalled(foreign(&["ours", "ctrlc tries"]), libc::SIGTERM).assert(
        143,
        "true\nready\nSIGTERM, Some(143)\nlast\n",
        "",
    );
}

#[test]
fn a_ctrlc_that_exits_during_the_run_runs_nothing_twice() {
    for _ in 0..20 {
        let ended = signalled(foreign(&["ctrlc exits", "ours"]), libc::SIGTERM);
        // The first exit decides the reason and the status.
        let by_ctrlc = seen("ready\nexit, Some(3)\nctrlc exits: true\nlast\n");
        let expected =
            [(143, "ready\nSIGTERM, Some(143)\nctrlc exits: true\nlast\n"), (3, by_ctrlc.as_str())];
        assert!(expected.contains(&(ended.code(), ended.stdout.as_str())), "{ended:?}");
    }
}
