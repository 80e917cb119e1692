//! Many short handlers, which a runner executes in lanes: whatever one of them does, the others run
//! as usual.

use crate::support::{code_without_libc, handler_line, normalized, scenario};

const ALL: &str = "ran 0-150 1000 151-299\n";

/// The report when all have completed.
const REPORT: &str = "301 handlers: 301 completed; as they ran: true; one after the other: true\n";

#[track_caller]
fn assert_prints(act: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("lanes").arg(act).run().assert(code, stdout, stderr);
}

#[test]
fn each_runs_once_in_order_and_is_in_the_report() {
    assert_prints("returns", 0, &format!("{REPORT}{ALL}"), "");
}

#[test]
fn a_handler_registered_during_the_run_takes_its_place() {
    let stdout = "302 handlers: 302 completed; as they ran: true; one after the other: true\n\
                  ran 0-109 2000 110-150 1000 151-299\n";
    assert_prints("registers", 0, stdout, "");
}

#[test]
fn a_handler_that_is_unregistered_does_not_run() {
    let stdout = "299 handlers: 299 completed; as they ran: true; one after the other: true\n\
                  ran 0-100 102-150 1000 151-199 201-299\n";
    assert_prints("unregisters", 0, stdout, "");
}

#[test]
fn handlers_that_register_unregister_and_fork_run_as_in_a_model() {
    // So many handlers, of which so many of a thousand do something.
    for (count, acting) in [(130, 0), (400, 3), (400, 20), (400, 100), (300, 400), (200, 1_000)] {
        (0..3).for_each(|seed| assert_as_in_the_model(&[count, acting, seed], ""));
    }
}

#[test]
fn handlers_of_one_priority_run_as_in_a_model() {
    for (count, acting) in [(300, 0), (900, 3), (900, 20), (500, 100), (400, 400)] {
        (0..3).for_each(|seed| assert_as_in_the_model(&[count, acting, seed], "alike"));
    }
}

#[track_caller]
fn assert_as_in_the_model(numbers: &[u64], alike: &str) {
    let mut program = scenario!("random_in_lanes");
    for number in numbers {
        program = program.arg(number.to_string());
    }
    if !alike.is_empty() {
        program = program.arg(alike);
    }
    let ended = program.run();
    let found = (ended.code(), ended.stdout.as_str(), ended.stderr.as_str());
    assert_eq!(found, (0, "as in the model\n", ""), "{numbers:?} {alike}");
}

#[test]
fn a_handler_sees_those_that_have_not_begun() {
    assert_prints("counts the plan", 0, &format!("202 are left\n{REPORT}{ALL}"), "");
}

#[test]
fn a_handler_that_exits_changes_the_status_and_is_not_called_again() {
    let report =
        "301 handlers: 300 completed, 1 exited; as they ran: true; one after the other: true\n";
    assert_prints("exits", 7, &format!("{report}{ALL}"), "");
    assert_prints("ends the process", 8, &format!("{report}{ALL}"), "");
}

#[test]
fn a_handler_that_hangs_is_abandoned_after_its_own_timeout() {
    let report =
        "301 handlers: 300 completed, 1 timed out; as they ran: true; one after the other: true\n";
    let line = handler_line(
        "number 100",
        "lanes",
        "timed out after _s and was abandoned: its timeout is _s",
    );
    let ended = scenario!("lanes").arg("hangs").run();
    ended.assert_at_any_line(0, &format!("{report}{ALL}"), &line);
}

#[test]
fn a_handler_that_panics_is_reported() {
    if crate::support::panics_abort() {
        return;
    }
    let report =
        "301 handlers: 300 completed, 1 panicked; as they ran: true; one after the other: true\n";
    let ended = scenario!("lanes").arg("panics").run();
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, format!("{report}{ALL}").as_str()));
    let line = "panicked after _s: as asked\n";
    let stderr = normalized(&ended.stderr);
    assert!(stderr.contains("handler `number 100`") && stderr.ends_with(line), "{ended:?}");
}

/// The child is a copy of a process that is exiting, and has no handlers of its own.
#[cfg(unix)]
#[test]
fn a_forked_child_that_returns_from_a_handler_runs_no_other_one() {
    assert_prints("forks", 0, &format!("the child ended with 0\n{REPORT}{ALL}"), "");
    #[cfg(target_os = "linux")]
    assert_prints("forks by clone", 0, &format!("the child ended with 0\n{REPORT}{ALL}"), "");
}

/// Its parent's run is not its own.
#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_does_not_know_exits_from_a_handler_alone() {
    let stdout = |code| format!("the child ended with {code}\n{REPORT}{ALL}");
    assert_prints("exits in a clone", 0, &stdout(5), "");
    // Not by libc, which alone may have the status.
    let code = code_without_libc("std exit", 5);
    assert_prints("ends a clone", 0, &stdout(code), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_does_not_know_panics_in_a_handler_alone() {
    let ended = scenario!("lanes").arg("panics in a clone").run();
    let stdout = format!("the child ended with 0\n{REPORT}{ALL}");
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, stdout.as_str()), "{ended:?}");
}
