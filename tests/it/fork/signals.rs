//! Children of a program that handles signals.

use crate::support::{rounds, scenario};

/// The calls of `fork` that libc knows.
const FORKS: [&str; 3] = ["libc", "nix", "fork"];

/// What the parent prints in a program that handles signals.
const UNAWARE: &str =
    "asked to end: false\nregistered, in the parent\ndeclared, in the parent: exit\n";

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
        for _ in 0..rounds(5) {
            let stdout = "200 children ended as they should\nregistered, in the parent\n\
                          declared, in the parent: exit\n";
            scenario!("fork_signals")
                .arg(how)
                .arg("killed while others register")
                .run()
                .assert(3, stdout, "");
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
fn a_parent_may_handle_signals_after_the_fork() {
    for how in FORKS {
        let stdout = format!("the child ended with 5\n{UNAWARE}");
        scenario!("fork_signals").arg(how).arg("the parent installs").run().assert(3, &stdout, "");
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
        let stdout = format!(
            "as before: true\nthe child's own, in the child\nthe child ended with 5\n{UNAWARE}"
        );
        scenario!("fork_signals").arg(how).arg("looks").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_handler_for_every_process_runs_in_the_child_and_in_the_parent() {
    let inherited = |process: &str| format!("registered for every process, in the {process}\n");
    for how in FORKS {
        let stdout = format!(
            "the child's own, in the child\n{}the child ended with 5\n{UNAWARE}{}",
            inherited("child"),
            inherited("parent")
        );
        scenario!("fork_signals").arg(how).arg("inherits").run().assert(3, &stdout, "");
        let stdout = format!("the child ended with -15\n{UNAWARE}{}", inherited("parent"));
        scenario!("fork_signals").arg(how).arg("inherits, killed").run().assert(3, &stdout, "");
    }
}

#[test]
fn a_child_takes_signals_over_though_its_parent_was_in_an_os_handler() {
    let program = |how| scenario!("fork_in_os_handler").arg(how);
    let answers = "the earlier one\nanswered: SIGUSR2\nanswered: SIGHUP\n\
                   the grandchild ended with -1\nends: return\nthe child ended with 0\n";
    program("answers").run().assert(0, answers, "");
    program("ends").run().assert(0, "ends: SIGTERM\nthe child ended with 143\n", "");
}
