//! Signal handlers of the program and of other libraries, installed before ours and after.

use super::{foreign, signalled, start};

#[test]
fn handlers_of_others_that_were_there_before_are_told() {
    let ran = |told: &str| format!("ready\nSIGTERM, Some(143)\n{told}last\n");
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
fn handlers_of_others_that_come_later_are_told_where_they_share() {
    let ran = |told: &str| format!("ready\nSIGTERM, Some(143)\n{told}last\n");
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
fn all_the_others_are_told_in_one_program() {
    let told = "flag: true\naction: true, 1\nctrlc and tokio: true\nlast\n";
    for order in [
        ["ctrlc", "flag", "action", "tokio", "ours"],
        ["ctrlc", "tokio", "ours", "action", "flag"],
        ["ctrlc", "ours", "tokio", "flag", "action"],
    ] {
        signalled(foreign(&order), libc::SIGTERM).assert(
            143,
            &format!("ready\nSIGTERM, Some(143)\n{told}"),
            "",
        );
    }
}

#[test]
fn ctrlc_replaces_what_was_there_before_it() {
    let mut running = start(foreign(&["ours", "ctrlc again"]));
    running.signal(libc::SIGTERM);
    running.wait_for("ctrlc is told");
    // It was its own, so nothing of ours has begun.
    running.child.kill().expect("it still runs");
    running.end().assert(-libc::SIGKILL, "ready\nctrlc is told\n", "");
    signalled(foreign(&["ours", "ctrlc exits"]), libc::SIGTERM).assert(
        3,
        "ready\nexit, Some(3)\nctrlc exits: true\nlast\n",
        "",
    );
}

#[test]
fn a_careful_ctrlc_leaves_our_handlers_alone() {
    signalled(foreign(&["ours", "careful ctrlc"]), libc::SIGTERM).assert(
        143,
        "true\nready\nSIGTERM, Some(143)\nlast\n",
        "",
    );
}

#[test]
fn a_ctrlc_that_exits_meets_the_run_and_runs_nothing_twice() {
    for _ in 0..20 {
        let ended = signalled(foreign(&["ctrlc exits", "ours"]), libc::SIGTERM);
        // The first one says why; the status is that of the first, too.
        let expected = [
            (143, "ready\nSIGTERM, Some(143)\nctrlc exits: true\nlast\n"),
            (3, "ready\nexit, Some(3)\nctrlc exits: true\nlast\n"),
        ];
        assert!(expected.contains(&(ended.code(), ended.stdout.as_str())), "{ended:?}");
    }
}
