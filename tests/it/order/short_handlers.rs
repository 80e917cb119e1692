//! Short handlers, which a runner executes in a row under one lease: whatever one of them does, the
//! others run as usual.

use crate::support::{normalized, scenario};

const REST: &str = "fourth fifth and the last one\n";

const KINDS: [&str; 2] = ["declared", "registered"];

/// How stderr names the third handler.
fn third(kind: &str) -> &'static str {
    if kind == "declared" {
        "handler `short_handlers::third` (tests/src/bin/short_handlers.rs:47)"
    } else {
        "handler `third` (tests/src/bin/short_handlers.rs:56)"
    }
}

#[track_caller]
fn assert_prints(act: &str, code: i32, stdout: &str, stderr: &str) {
    for kind in KINDS {
        let stderr = stderr.replace("handler", third(kind));
        scenario!("short_handlers").arg(kind).arg(act).run().assert(
            code,
            &format!("first second third {stdout}"),
            &stderr,
        );
    }
}

#[test]
fn short_handlers_run_in_order() {
    assert_prints("returns", 0, REST, "");
}

#[test]
fn a_handler_registered_during_the_run_takes_its_place() {
    assert_prints("registers", 0, "fourth late fifth and the last one\n", "");
}

#[test]
fn a_handler_that_is_unregistered_does_not_run() {
    scenario!("short_handlers").arg("registered").arg("unregisters").run().assert(
        0,
        "first second third fifth and the last one\n",
        "",
    );
}

#[test]
fn a_handler_sees_those_that_have_not_begun() {
    let declared = "first second third [short_handlers::fourth] [short_handlers::fifth] \
                    [short_handlers::last] fourth fifth and the last one\n";
    scenario!("short_handlers").arg("declared").arg("shows the plan").run().assert(0, declared, "");
    let both = "[short_handlers::third] [fourth] [short_handlers::fourth] [fifth] \
                [short_handlers::fifth] [short_handlers::last]";
    scenario!("short_handlers").arg("registered").arg("shows the plan").run().assert(
        0,
        &format!("first second third {both} {REST}"),
        "",
    );
}

#[test]
fn a_handler_that_fails_is_reported() {
    assert_prints("fails", 0, REST, "exitmacro: handler failed after _s: no luck\n");
}

#[test]
fn a_handler_that_exits_changes_the_status_and_is_not_called_again() {
    assert_prints("exits", 7, REST, "");
    assert_prints("ends the process", 8, REST, "");
}

#[test]
fn a_handler_that_hangs_is_abandoned_after_its_own_timeout() {
    assert_prints(
        "hangs",
        0,
        REST,
        "exitmacro: handler timed out after _s and was abandoned: its timeout is _s\n",
    );
}

#[test]
fn a_handler_that_panics_is_reported() {
    if crate::support::panics_abort() {
        return;
    }
    for kind in KINDS {
        let ended = scenario!("short_handlers").arg(kind).arg("panics").run();
        assert_eq!(
            (ended.code(), ended.stdout.as_str()),
            (0, format!("first second third {REST}").as_str()),
            "{ended:?}"
        );
        assert!(
            normalized(&ended.stderr)
                .ends_with(&format!("exitmacro: {} panicked after _s: as asked\n", third(kind))),
            "{ended:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_does_not_know_runs_no_other_handler() {
    assert_prints("forks by clone", 0, &format!("(the child ended with 0) {REST}"), "");
}

#[test]
fn a_run_by_hand_reports_each_handler() {
    const NAMES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "last"];
    let lines = |names: &[String]| {
        names.iter().map(|name| format!("{name}: completed\n")).collect::<String>()
    };
    let declared = NAMES.map(|name| format!("short_handlers::{name}"));
    let both: Vec<_> = NAMES
        .iter()
        .flat_map(|&name| [name.to_owned(), format!("short_handlers::{name}")])
        .filter(|name| name != "last")
        .collect();
    for (kind, outcomes) in KINDS.into_iter().zip([lines(&declared), lines(&both)]) {
        scenario!("short_handlers").arg(kind).arg("returns").arg("by hand").run().assert(
            0,
            &format!("first second third {REST}{outcomes}"),
            "",
        );
    }
}
