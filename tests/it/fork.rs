//! A forked child runs only what it registered itself, and its parent does not notice.

use crate::harness::{panics_abort, rounds, scenario};

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
    // Where it returns, it goes on with the exit of its parent.
    for (end, status) in [("return", 3), ("c exit", 5), ("exitmacro exit", 5)] {
        let stdout = format!(
            "declared, in the parent\nthe child's own, in the child\nthe child ended with {status}\n"
        );
        scenario!("forks").arg("after the hook").arg(end).run().assert(3, &stdout, "");
    }
    let stdout = "declared, in the parent\nthe child's own, in the child\nthe child ran 1\nthe child ended with 3\n";
    scenario!("forks").arg("after the hook").arg("run by hand").run().assert(3, stdout, "");
}

/// Forks inside a handler, on either thread.
#[track_caller]
fn assert_in_a_handler(end: &str, child: &str, status: i32) {
    let stdout = format!(
        "{child}the child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n"
    );
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

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_was_not_told_of_and_that_returns_from_a_handler_ends() {
    let stdout = "the child ended with 3\nwaiting\ndeclared, in the parent\n";
    scenario!("forks").arg("handler, unknown to libc").run().assert(3, stdout, "");
}

#[test]
fn a_child_that_panics_in_a_handler_ends_and_repeats_nothing() {
    if !panics_abort() {
        for (place, status) in [("handler", 0), ("handler on the caller", 3)] {
            let stdout = format!(
                "{OWN}the child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n"
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
            "{OWN}the child ran 1\nthe child ended with {status}\nwaiting, in the parent\ndeclared, in the parent\n"
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
    for _ in 0..rounds(5) {
        scenario!("forks").arg("while the run begins").run().assert(
            3,
            "all children ended\ndeclared, in the parent\n",
            "",
        );
    }
}

/// The ways to fork that libc is told of.
const FORKS: [&str; 3] = ["libc", "nix", "fork"];

/// The parent's part, in a program that handles signals.
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
            let stdout = "200 children ended as they should\nregistered, in the parent\ndeclared, in the parent: exit\n";
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
    let inherited = |who: &str| format!("registered for every process, in the {who}\n");
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
        let child = format!(
            "adopted: Ok(()), 4 planned\nadopted: Ok(())\nthe child's own, in the child\n{}",
            all("the child")
        );
        let parent = format!(
            "the child ended with 5\n2 planned\nregistered after, in the parent\n{}",
            inherited("the parent")
        );
        assert_prints("child", &(child + &parent));
    }

    #[test]
    fn by_a_child_leaves_to_the_parent_only_the_guards_that_it_made_since() {
        let dropped = "guarded until it is dropped, in the child\nit was dropped, in the child\n";
        let child = format!(
            "adopted: Ok(())\n{dropped}guarded before, in the child\n{}the child ended with 5\n",
            all("the child")
        );
        let parent = "in scope until here\nguarded after, in the parent\nout of scope\n";
        assert_prints("child, a guard", &format!("{child}{parent}{}", inherited("the parent")));
    }

    #[test]
    fn by_a_child_that_was_forked_inside_exit_lets_it_exit() {
        let child = format!(
            "adopted: Ok(()), in the child\n{}the child ended with 5, in the parent\n",
            all("the child")
        );
        assert_prints("inside exit", &(child + &inherited("the parent")));
    }

    #[test]
    fn after_the_run_of_the_parent_is_refused() {
        let stdout = format!(
            "{}adopted: Err(Finished)\n{}the child ended with 0\n",
            all("the parent"),
            inherited("the child")
        );
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
            let expected = [
                &all("the child"),
                &inherited("the child"),
                "the children ended with [5, 5]\n",
                &inherited("the parent"),
            ]
            .concat();
            let mut expected: Vec<_> = expected.lines().collect();
            expected.sort_unstable();
            assert_eq!((first, lines), ("OT", expected), "{ended:?}");
        }
    }

    #[test]
    fn by_a_grandchild_leaves_nothing_to_those_in_between() {
        let ended = scenario!("fork_adopts").arg("grandchild").run();
        let own: Vec<_> = ended
            .lines()
            .into_iter()
            .filter(|line| !line.starts_with("for every process"))
            .collect();
        assert_eq!(
            own,
            ["adopted: Ok(())", "registered, in the grandchild", "declared, in the grandchild"],
            "{ended:?}"
        );
        let mut inherited: Vec<_> = ended
            .lines()
            .into_iter()
            .filter_map(|line| line.strip_prefix("for every process, in "))
            .collect();
        inherited.sort_unstable();
        assert_eq!(inherited, ["the child", "the grandchild", "the parent"]);
    }

    #[test]
    fn that_comes_too_late_runs_nothing_twice() {
        let stdout =
            format!("{}adopted: Err(Finished)\n{}", all("the parent"), inherited("the child"));
        for case in ["too late", "too late, in another session"] {
            assert_prints(case, &stdout);
        }
        assert_prints("after the run", &format!("{}adopted: Err(Finished)\n", all("the parent")));
    }
}

/// The end of those children whose process id does not tell them from others. Each starts the
/// program as the first process of a pid namespace.
mod process_ids {
    use super::*;

    /// Runs the case, unless the program says that the machine does not have what it takes.
    #[track_caller]
    fn assert_prints(case: &str, status: i32, stdout: &str) {
        let ended = scenario!("fork_namespaces").arg(case).run();
        if !ended.is_left_out() {
            ended.assert(status, stdout, "");
        }
    }

    const OF_THE_PARENT: &str = "registered, in the parent\ndeclared, in the parent\n";

    #[test]
    fn a_child_that_has_the_id_of_its_parent_runs_only_its_own_handlers() {
        assert_prints(
            "registers",
            3,
            &format!("the child's own, in the child\nthe child ended with 5\n{OF_THE_PARENT}"),
        );
        assert_prints("exits", 3, &format!("the child ended with 5\n{OF_THE_PARENT}"));
    }

    #[test]
    fn a_child_that_has_the_id_of_its_parent_may_handle_signals_itself() {
        assert_prints(
            "installs",
            3,
            &format!("installed: Ok(())\nthe child ended with 5\n{OF_THE_PARENT}"),
        );
    }

    #[test]
    fn a_child_that_has_the_id_of_its_parent_may_adopt() {
        assert_prints(
            "adopts",
            3,
            "adopted: Ok(())\nregistered, in the child\ndeclared, in the child\nthe child ended with 5\n",
        );
    }

    #[test]
    fn a_daemon_in_a_namespace_of_its_own_may_adopt() {
        for _ in 0..5 {
            assert_prints(
                "daemon",
                0,
                "adopted: Ok(())\nregistered, in the child\ndeclared, in the child\n",
            );
        }
    }

    #[test]
    fn a_worker_that_gets_the_id_of_the_starter_runs_only_its_own_handlers() {
        let worker = "0 planned\ninstalled: Ok(())\nthe worker's own, in the grandchild\nthe worker ended with 0\n";
        assert_prints("starter", 0, worker);
        assert_prints(
            "starter, adopted",
            0,
            &format!("adopted: Ok(())\n{worker}registered, in the child\ndeclared, in the child\n"),
        );
    }
}

/// A process that ends well, and has forked, waits for a child that may adopt, and for nothing
/// else.
#[cfg(target_os = "linux")]
mod waits {
    use super::*;
    use crate::harness::Scenario;

    /// How often a case is tried, to tell a wait from a machine that is slow now and then.
    const TRIES: u32 = 5;

    /// The handlers in the parent begin at once, at best.
    #[track_caller]
    fn assert_waits_for_nothing(case: &str, conditions: &[&str]) {
        let mut fastest = u64::MAX;
        for _ in 0..TRIES {
            let ended = scenario!("fork_waits")
                .arg(case)
                .with(|command| _ = command.args(conditions))
                .run();
            if ended.is_left_out() {
                return;
            }
            assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
            let time = ended
                .stdout
                .strip_prefix("after ")
                .and_then(|rest| rest.strip_suffix(" ms, in the parent\n"));
            fastest = fastest.min(
                time.and_then(|time| time.parse().ok()).unwrap_or_else(|| panic!("{ended:?}")),
            );
        }
        // A daemon is waited for for a second.
        assert!(fastest < 700, "{case}, {conditions:?}: {fastest} ms");
    }

    #[test]
    fn not_for_children_that_have_ended_or_are_other_programs() {
        for case in ["nothing", "a child that ended", "another program"] {
            assert_waits_for_nothing(case, &[]);
        }
    }

    #[test]
    fn not_for_a_child_that_starts_the_same_program_again() {
        for case in ["itself", "itself, in a session of its own"] {
            assert_waits_for_nothing(case, &[]);
        }
    }

    #[test]
    fn not_for_a_fork_that_failed() {
        for case in ["fork fails", "fork fails and nothing tells", "fork fails beside a child"] {
            assert_waits_for_nothing(case, &[]);
        }
        for case in ["fork fails", "fork fails beside a child"] {
            assert_waits_for_nothing(case, &["beside handlers that set errno"]);
        }
    }

    #[test]
    fn for_a_daemon_beside_fork_handlers_that_set_errno() {
        assert_daemon_has_them(&["beside handlers that set errno", "after a while"]);
    }

    /// Starts a daemon that adopts the handlers while its parent is inside `exit`.
    #[track_caller]
    fn assert_daemon_has_them(conditions: &[&str]) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let daemon = |daemon: Scenario| {
            daemon
                .arg("a daemon")
                .env("EMPTY_FOLDER", folder.path())
                .with(|command| _ = command.args(conditions))
        };
        let mut tries = 0;
        // Where the machine does not let the daemon run in the second that its parent waits, the
        // try does not count; but a daemon that never makes it does.
        for slow in 0.. {
            if tries == TRIES {
                break;
            }
            let ended = daemon(scenario!("fork_waits")).run();
            let waited = ended.lines().into_iter().find_map(|line| {
                line.strip_prefix("after ")?.strip_suffix(" ms, in the parent")?.parse::<u64>().ok()
            });
            if slow < 4 * TRIES && waited.is_some_and(|waited| waited >= 1_000) {
                continue;
            }
            tries += 1;
            if ended.is_left_out() {
                return;
            }
            let lines = ended.lines();
            let ran_in_the_daemon = lines.len() == 2
                && lines[0] == "adopted: Ok(())"
                && lines[1].ends_with(", in the child");
            assert!(
                ran_in_the_daemon && ended.stderr.is_empty() && ended.code() == 0,
                "{conditions:?}: {ended:?}"
            );
        }
    }

    #[test]
    fn for_a_daemon_that_has_closed_all_descriptors() {
        assert_daemon_has_them(&[]);
        assert_daemon_has_them(&["without robust lists"]);
    }

    #[test]
    fn for_a_daemon_whose_program_cannot_be_looked_at() {
        for condition in ["without privileges", "in an empty folder"] {
            assert_daemon_has_them(&[condition]);
            assert_daemon_has_them(&["without robust lists", condition]);
        }
    }

    #[test]
    fn not_for_another_program_where_only_its_path_tells() {
        assert_waits_for_nothing("another program", &["without robust lists"]);
    }
}

/// No child waits for a lock that a thread of its parent holds, whatever is held.
#[cfg(target_os = "linux")]
mod locks {
    use super::*;

    const ENDS: [&str; 6] = [
        "other programs",
        "exit",
        "exitmacro exit",
        "own handler",
        "own handler, by hand",
        "own handler, exitmacro exit",
    ];

    /// Forks many children while a thread holds what the name says, each end of them in turn.
    #[track_caller]
    fn assert_not_stuck(held: &str) {
        let count = if held == "stdout" { 8 } else { 200 };
        let stdout = &format!("{count} children ended as they should\ndeclared, in the parent\n");
        for end in ENDS {
            scenario!("fork_locks").arg(held).arg(end).run().assert(0, stdout, "");
        }
        if held != "stdout" {
            // Where the child that adopts can print.
            let adopted = "declared, in a child\n200 children ended as they should\n";
            scenario!("fork_locks").arg(held).arg("adopts").run().assert(0, adopted, "");
        }
    }

    /// They do not print, which they could not. What the parent printed and did not flush is the
    /// parent's.
    #[test]
    fn children_are_not_stuck_for_a_thread_that_prints() {
        assert_not_stuck("stdout");
    }

    #[test]
    fn children_are_not_stuck_for_a_thread_that_changes_the_environment() {
        assert_not_stuck("environment");
    }

    #[test]
    fn children_are_not_stuck_for_a_thread_that_looks_at_the_objects() {
        assert_not_stuck("loader");
    }

    #[test]
    fn children_are_not_stuck_for_a_thread_that_loads_libraries() {
        assert_not_stuck("libraries");
    }

    #[test]
    fn children_are_not_stuck_for_a_thread_that_starts_others() {
        assert_not_stuck("threads");
    }

    #[test]
    fn children_are_not_stuck_for_a_thread_that_asks_for_the_plan() {
        let skip = scenario!("fork_locks")
            .env("EXITMACRO_SKIP", "nothing")
            .arg("settings")
            .arg("own handler")
            .run();
        // Told by the parent alone: children have few of the handlers.
        let told = "exitmacro: EXITMACRO_SKIP: `nothing` matches no handler of this run\n";
        skip.assert(0, "200 children ended as they should\ndeclared, in the parent\n", told);
        assert_not_stuck("settings");
    }

    #[test]
    fn children_find_what_the_environment_said_at_the_start() {
        let ended = scenario!("fork_locks")
            .env("EXITMACRO_LOG", "trace")
            .env("RUST_MIN_STACK", "1000000")
            .arg("environment")
            .arg("own handler")
            .run();
        let traced = ended.stderr.lines().filter(|line| line.contains("by exiting")).count();
        assert_eq!((ended.code(), traced), (0, 200), "{ended:?}");
        // More than a thread has where nothing is said about it.
        let ended = scenario!("fork_locks")
            .env("RUST_MIN_STACK", (128 << 20).to_string())
            .arg("nothing")
            .arg("own handler, deep")
            .run();
        ended.assert(0, "200 children ended as they should\ndeclared, in the parent\n", "");
    }
}
