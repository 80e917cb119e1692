//! A forked child runs only what it registered itself, and its parent does not notice.

use crate::harness::{panics_abort, scenario};

/// The parent's part, when its handlers ran after the child ended with `child`.
fn parent(child: i32) -> String {
    format!("the child ended with {child}\nregistered, in the parent\ndeclared, in the parent\n")
}

#[test]
fn a_child_of_main_runs_only_its_own_handlers() {
    for end in ["return", "std exit", "c exit", "exitmacro exit"] {
        let stdout = format!("the child plans 0\nthe child's own, in the child\n{}", parent(5));
        scenario!("forks").arg("main").arg(end).run().assert(3, &stdout, "");
    }
    let stdout = format!("the child plans 0\nthe child's own, in the child\nthe child ran 1\n{}", parent(5));
    scenario!("forks").arg("main").arg("run by hand").run().assert(3, &stdout, "");
}

#[test]
fn a_child_of_main_that_just_stops_runs_nothing() {
    let stdout = format!("the child plans 0\n{}", parent(5));
    scenario!("forks").arg("main").arg("_exit").run().assert(3, &stdout, "");
}

/// Forks inside a handler, on either thread.
#[track_caller]
fn assert_in_a_handler(end: &str, child: &str, status: i32) {
    let stdout = format!("{child}the child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n");
    for place in ["handler", "handler on the caller"] {
        scenario!("forks").arg(place).arg(end).run().assert(3, &stdout, "");
    }
}

/// What a child says that registers a handler of its own and runs it.
const OWN: &str = "the child registers: true\nthe child's own, in the child\n";

#[test]
fn a_child_that_returns_from_a_handler_ends_and_repeats_nothing() {
    // On the runner its status is 0, on the exiting thread it goes on with the exit of its parent.
    for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
        let rest = "waiting, in the parent\ndeclared, in the parent\n";
        let returns = scenario!("forks").arg(place).arg("return").run();
        returns.assert(3, &format!("{OWN}the child ended with {status}\n{rest}"), "");
        let returns = scenario!("forks").arg(place).arg("return, nothing registered").run();
        returns.assert(3, &format!("the child ended with {status}\n{rest}"), "");
    }
}

#[test]
fn a_child_that_panics_in_a_handler_ends_and_repeats_nothing() {
    if !panics_abort() {
        for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
            let stdout = format!("{OWN}the child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n");
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
        let stdout = format!("{OWN}the child ran 1\nthe child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n");
        scenario!("forks").arg(place).arg("run by hand").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_child_forked_while_others_register_is_not_stuck() {
    let stdout = "200 children ended as they should\nregistered, in the parent\ndeclared, in the parent\n";
    scenario!("forks").arg("while others register").run().assert(3, stdout, "");
}

#[test]
fn a_child_forked_while_another_thread_registers_for_the_first_time_is_not_stuck() {
    for _ in 0..30 {
        scenario!("forks").arg("first registration").run().assert(3, "the child ended with 5\ndeclared, in the parent\n", "");
    }
}

#[test]
fn a_child_forked_while_the_run_begins_is_not_stuck() {
    for _ in 0..5 {
        scenario!("forks").arg("while the run begins").run().assert(3, "all children ended\ndeclared, in the parent\n", "");
    }
}

/// The ways to fork that libc is told of.
const FORKS: [&str; 3] = ["libc", "nix", "fork"];

/// The parent's part, in a program that handles signals.
const UNAWARE: &str = "asked to end: false\nregistered, in the parent\ndeclared, in the parent: exit\n";

#[test]
fn a_child_that_is_killed_dies_of_the_signal_and_the_parent_notices_nothing() {
    let died = format!("100 children died of the signal\n{UNAWARE}");
    for how in FORKS {
        scenario!("fork_signals").arg(how).arg("killed").run().assert(3, &died, "");
    }
    #[cfg(target_os = "linux")]
    scenario!("fork_signals").arg("clone").arg("killed").run().assert(3, &died, "");
}

#[test]
fn a_child_forked_while_others_register_and_signals_are_installed_is_not_stuck() {
    for how in FORKS {
        for _ in 0..5 {
            let stdout = "200 children ended as they should\nregistered, in the parent\ndeclared, in the parent: exit\n";
            scenario!("fork_signals").arg(how).arg("killed while others register").run().assert(3, stdout, "");
        }
    }
}

#[test]
fn a_child_of_a_program_that_handles_signals_runs_only_its_own_handlers() {
    for how in FORKS {
        let stdout = format!("the child's own, in the child\nthe child ended with 5\n{UNAWARE}");
        scenario!("fork_signals").arg(how).arg("registers").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_child_may_handle_signals_itself() {
    for how in FORKS {
        let stdout = format!("the child's own, in the child\nthe child ended with 143\n{UNAWARE}");
        scenario!("fork_signals").arg(how).arg("installs").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_child_keeps_the_signal_handler_that_another_library_installed_later() {
    for how in FORKS {
        let stdout = format!("the child ended with 9\n{UNAWARE}");
        scenario!("fork_signals").arg(how).arg("keeps").run().assert(3, &stdout, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_has_the_dispositions_from_before() {
    for how in FORKS {
        let stdout = format!("as before: true\nthe child's own, in the child\nthe child ended with 5\n{UNAWARE}");
        scenario!("fork_signals").arg(how).arg("looks").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_handler_for_every_process_runs_in_the_child_and_in_the_parent() {
    let inherited = |who: &str| format!("registered for every process, in the {who}\n");
    for how in FORKS {
        let stdout = format!("the child's own, in the child\n{}the child ended with 5\n{UNAWARE}{}", inherited("child"), inherited("parent"));
        scenario!("fork_signals").arg(how).arg("inherits").run().assert(3, &stdout, "");
        let stdout = format!("the child ended with -15\n{UNAWARE}{}", inherited("parent"));
        scenario!("fork_signals").arg(how).arg("inherits, killed").run().assert(3, &stdout, "");
    }
}

mod adoption {
    use super::*;

    #[track_caller]
    fn assert_prints(case: &str, stdout: &str) {
        scenario!("fork_adopts").arg(case).run().assert(0, stdout, "");
    }

    /// What runs where the handlers of the parent run.
    fn all(who: &str) -> String {
        format!("registered, in {who}\ndeclared, in {who}\n{}", inherited(who))
    }

    fn inherited(who: &str) -> String {
        format!("for every process, in {who}\n")
    }

    #[test]
    fn by_the_owner_changes_nothing() {
        assert_prints("owner", &format!("adopted: Ok(())\n{}", all("the parent")));
    }

    #[test]
    fn by_a_child_moves_the_handlers_there() {
        let child = format!("adopted: Ok(()), 4 planned\nadopted: Ok(())\nthe child's own, in the child\n{}", all("the child"));
        let parent = format!("the child ended with 5\n2 planned\nregistered after, in the parent\n{}", inherited("the parent"));
        assert_prints("child", &(child + &parent));
    }

    #[test]
    fn after_the_run_of_the_parent_is_refused() {
        let stdout = format!("{}adopted: Err(Finished)\n{}the child ended with 0\n", all("the parent"), inherited("the child"));
        assert_prints("after the run of the parent", &stdout);
    }

    #[test]
    fn by_two_children_is_given_to_one() {
        for _ in 0..20 {
            let ended = scenario!("fork_adopts").arg("two children").run();
            let mut lines = ended.lines();
            let first = lines.remove(0);
            lines.sort_unstable();
            // The handlers of the parent in one child, those for every process in all three.
            let expected = [&all("the child"), &inherited("the child"), "the children ended with [5, 5]\n", &inherited("the parent")].concat();
            let mut expected: Vec<_> = expected.lines().collect();
            expected.sort_unstable();
            assert_eq!((first, lines), ("OT", expected), "{ended:?}");
        }
    }

    #[test]
    fn by_a_grandchild_leaves_nothing_to_those_in_between() {
        let ended = scenario!("fork_adopts").arg("grandchild").run();
        let own: Vec<_> = ended.lines().into_iter().filter(|line| !line.starts_with("for every process")).collect();
        assert_eq!(own, ["adopted: Ok(())", "registered, in the grandchild", "declared, in the grandchild"], "{ended:?}");
        let mut inherited: Vec<_> = ended.lines().into_iter().filter_map(|line| line.strip_prefix("for every process, in ")).collect();
        inherited.sort_unstable();
        assert_eq!(inherited, ["the child", "the grandchild", "the parent"]);
    }

    #[test]
    fn that_comes_too_late_runs_nothing_twice() {
        let stdout = format!("{}adopted: Err(Finished)\n{}", all("the parent"), inherited("the child"));
        for case in ["too late", "too late, in another session"] {
            assert_prints(case, &stdout);
        }
        assert_prints("after the run", &format!("{}adopted: Err(Finished)\n", all("the parent")));
    }
}
