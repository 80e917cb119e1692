//! Children of `main`, of a handler, and of a process that exits: each runs only its own handlers.

use crate::support::{panics_abort, rounds, scenario, target};

/// What the parent prints when the child ended with `child`.
fn parent(child: i32) -> String {
    format!("the child ended with {child}\nregistered, in the parent\ndeclared, in the parent\n")
}

#[test]
fn a_child_of_main_runs_only_its_own_handlers() {
    for end in ["return", "std exit", "c exit", "exitmacro exit"] {
        let stdout = format!("the child plans 0\nthe child's own, in the child\n{}", parent(5));
        scenario!("forks").arg("main").arg(end).run().assert(3, &stdout, "");
    }
    let stdout =
        format!("the child plans 0\nthe child's own, in the child\nthe child ran 1\n{}", parent(5));
    scenario!("forks").arg("main").arg("run by hand").run().assert(3, &stdout, "");
}

#[test]
fn a_child_of_main_that_just_stops_runs_nothing() {
    let stdout = format!("the child plans 0\n{}", parent(5));
    scenario!("forks").arg("main").arg("_exit").run().assert(3, &stdout, "");
}

#[test]
fn a_child_that_is_forked_inside_exit_after_the_hook_runs_its_own_handlers() {
    // A child that returns continues with the exit of its parent.
    for (end, status) in [("return", 3), ("c exit", 5), ("exitmacro exit", 5)] {
        let stdout = format!(
            "declared, in the parent\nthe child's own, in the child\n\
             the child ended with {status}\n"
        );
        scenario!("forks").arg("after the hook").arg(end).run().assert(3, &stdout, "");
    }
    let stdout = "declared, in the parent\nthe child's own, in the child\nthe child ran 1\n\
                  the child ended with 3\n";
    scenario!("forks").arg("after the hook").arg("run by hand").run().assert(3, stdout, "");
}

/// Forks inside a handler, on the runner and on the exiting thread.
#[track_caller]
fn assert_in_a_handler(end: &str, child: &str, status: i32) {
    let stdout = format!(
        "{child}the child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n"
    );
    for place in ["handler", "handler on the caller"] {
        // Since glibc 2.41, C `exit` would wait for the exiting thread, which the child of a runner
        // does not have.
        if end.starts_with("c exit") && place == "handler" && target().one_thread_may_exit {
            continue;
        }
        scenario!("forks").arg(place).arg(end).run().assert(3, &stdout, "");
    }
}

/// What a child prints that registers a handler and runs it.
const OWN: &str = "the child registers: true\nthe child's own, in the child\n";

#[test]
fn a_child_that_returns_from_a_handler_ends_and_repeats_nothing() {
    // On the runner the status is 0. On the exiting thread the child continues with the exit of its
    // parent.
    for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
        let rest = "waiting, in the parent\ndeclared, in the parent\n";
        let returns = scenario!("forks").arg(place).arg("return").run();
        returns.assert(3, &format!("{OWN}the child ended with {status}\n{rest}"), "");
        let returns = scenario!("forks").arg(place).arg("return, nothing registered").run();
        returns.assert(3, &format!("the child ended with {status}\n{rest}"), "");
    }
}

/// On the thread that ends the process, by the handler's wish or because there is no other thread.
#[cfg(target_os = "linux")]
#[test]
fn a_child_that_returns_from_a_handler_on_the_exiting_thread_ends_as_its_parent() {
    for (end, child, parent) in [
        ("return", 0, 0),
        ("error", 1, 1),
        ("panic", 101, 101),
        ("exitmacro exit", 3, 3),
        ("request", 4, 4),
        ("signal", 143, -libc::SIGTERM),
    ] {
        if end == "panic" && panics_abort() {
            continue;
        }
        for place in ["caller", "without threads"] {
            let ended = scenario!("fork_on_exiting_thread").arg(place).arg(end).run();
            let stdout = format!("the child's own\nthe child ended with {child}\nwaiting\n");
            assert_eq!((ended.code(), ended.stdout.as_str()), (parent, &*stdout), "{ended:?}");
            assert!(ended.stderr.matches("no luck").count() < 2, "{ended:?}");
        }
    }
}

/// Each of these children may by chance find the lock free.
#[test]
fn a_child_whose_own_threads_have_the_lock_runs_its_handlers() {
    for _ in 0..rounds(10) {
        scenario!("forks").arg("handler, and threads plan").run().assert(
            3,
            "the child's own, in the child\nthe child ended with 0\ndeclared, in the parent\n",
            "",
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_does_not_know_ends_when_it_returns_from_a_handler() {
    let code = crate::support::code_without_libc("c exit", 3);
    let stdout = format!("the child ended with {code}\nwaiting\ndeclared, in the parent\n");
    scenario!("forks").arg("handler, unknown to libc").run().assert(3, &stdout, "");
}

#[test]
fn a_child_that_panics_in_a_handler_ends_and_repeats_nothing() {
    if !panics_abort() {
        for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
            let stdout = format!(
                "{OWN}the child ended with {status}\nwaiting, in the parent\n\
                 declared, in the parent\n"
            );
            scenario!("forks").arg(place).arg("panic").run().assert(3, &stdout, "");
        }
    }
}

#[test]
fn a_child_may_stop_inside_a_handler() {
    assert_in_a_handler("_exit", "the child registers: true\n", 5);
}

#[test]
fn a_child_may_call_c_exit_inside_a_handler() {
    assert_in_a_handler("c exit", OWN, 5);
    assert_in_a_handler("c exit, nothing registered", "", 5);
}

#[test]
fn a_child_may_call_exitmacro_exit_inside_a_handler() {
    assert_in_a_handler("exitmacro exit", OWN, 5);
    assert_in_a_handler("exitmacro exit, nothing registered", "", 5);
}

#[test]
fn a_child_may_run_by_hand_inside_a_handler() {
    for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
        let stdout = format!(
            "{OWN}the child ran 1\nthe child ended with {status}\nwaiting, in the parent\n\
             declared, in the parent\n"
        );
        scenario!("forks").arg(place).arg("run by hand").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_child_forked_while_others_register_is_not_stuck() {
    let stdout =
        "200 children ended as they should\nregistered, in the parent\ndeclared, in the parent\n";
    scenario!("forks").arg("while others register").run().assert(3, stdout, "");
}

#[test]
fn a_child_forked_while_another_thread_registers_for_the_first_time_is_not_stuck() {
    for _ in 0..rounds(30) {
        scenario!("forks").arg("first registration").run().assert(
            3,
            "the child ended with 5\ndeclared, in the parent\n",
            "",
        );
    }
}

#[test]
fn a_child_forked_while_the_run_begins_is_not_stuck() {
    // See above for C `exit`.
    let c_exit = Some("c exit").filter(|_| !target().one_thread_may_exit);
    for end in c_exit.into_iter().chain(["exitmacro exit"]) {
        for _ in 0..rounds(5) {
            scenario!("forks").arg("while the run begins").arg(end).run().assert(
                3,
                "all children ended\ndeclared, in the parent\n",
                "",
            );
        }
    }
}

/// Since glibc 2.41 such a child inherits a lock of `exit`, whose holder it does not have.
#[test]
fn a_child_forked_while_the_hook_waits_for_a_lock_is_not_stuck() {
    let program = scenario!("fork_at_hook").env("ONE_EXIT", "1");
    program.run().assert(3, "the child ended with 7\n", "");
}
