//! `async fn` handlers end as other handlers do, whatever becomes of the runtimes of the program,
//! and the process ends whatever becomes of them.

use crate::anywhere::assert_anywhere;
use crate::build::Build;
use crate::harness::{Ended, Running, Scenario, despite_load, panics_abort, scenario};

/// A program with a runtime.
struct Flavor {
    scenario: fn() -> Scenario,
    /// Whether the runtime goes on where the thread of `main` does not.
    outlives_main: bool,
    /// Whether it goes on where a task does not.
    outlives_a_task: bool,
}

fn flavors() -> [Flavor; 3] {
    [
        Flavor {
            scenario: || scenario!("async_current_thread"),
            outlives_main: false,
            outlives_a_task: false,
        },
        Flavor {
            scenario: || scenario!("async_one_worker"),
            outlives_main: true,
            outlives_a_task: false,
        },
        Flavor {
            scenario: || scenario!("async_two_workers"),
            outlives_main: true,
            outlives_a_task: true,
        },
    ]
}

const ALWAYS: fn(&Flavor) -> bool = |_| true;
const WITHOUT_MAIN: fn(&Flavor) -> bool = |flavor| flavor.outlives_main;
const WITHOUT_A_TASK: fn(&Flavor) -> bool = |flavor| flavor.outlives_a_task;

/// What the handlers print; the program's runtime is at work, or not.
fn handlers(reason: &str, code: &str, is_at_work: bool) -> String {
    let runtime = if is_at_work {
        "the program's runtime; the program's works"
    } else {
        "its own runtime; the program's stands still"
    };
    format!("own: {reason}, {code}\nin {runtime}\nlast: {code}\n")
}

const REPORT: &str =
    "report: own completed, program's completed, meanwhile completed, last completed\n";

/// Starts the programs of all flavors side by side.
#[track_caller]
fn start(way: &str) -> Vec<(Flavor, Running)> {
    flavors()
        .into_iter()
        .map(|flavor| (flavor.scenario)().arg(way).start())
        .zip(flavors())
        .map(|(running, flavor)| (flavor, running))
        .collect()
}

/// Compares what the programs leave that end in this way, for this reason. In some of them the
/// runtime is at work while the handlers run.
#[track_caller]
fn assert_ends(
    way: &str,
    (reason, code): (&str, i32),
    is_at_work: fn(&Flavor) -> bool,
    stderr: &str,
) {
    for (flavor, running) in start(way) {
        let stdout = handlers(
            reason,
            &format!("Some({})", code.abs() + if code < 0 { 128 } else { 0 }),
            is_at_work(&flavor),
        );
        running.end().assert(code, &stdout, stderr);
    }
}

/// The message that std prints for a panic.
fn panicked(thread: &str, file: &str, message: &str) -> String {
    let hint = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
    format!("\nthread '{thread}' (_) panicked at tests/src/bin/{file}.rs:_:\n{message}\n{hint}\n")
}

mod when_main_ends {
    use super::*;

    #[test]
    fn futures_run_in_the_runtime_of_the_program() {
        assert_ends("return", ("return", 0), ALWAYS, "");
        assert_ends("return 7", ("return", 7), ALWAYS, "");
        assert_ends("error", ("return", 1), ALWAYS, "Error: \"no luck\"\n");
    }

    #[test]
    fn a_panic_goes_on_after_them() {
        let message = panicked("main", "async_main/body", "main panics");
        if panics_abort() {
            assert_ends("panic", ("panic", -6), WITHOUT_MAIN, &message);
        } else {
            assert_ends("panic", ("panic", 101), ALWAYS, &message);
        }
    }

    #[test]
    fn another_exit_meanwhile_ends_the_process_with_the_status_of_main() {
        for way in ["return, and exit on a thread", "return, and exit in a task"] {
            for (_, running) in start(way) {
                running.end().assert(0, &handlers("return", "Some(0)", true), "");
            }
        }
    }

    #[test]
    fn what_ends_the_process_with_the_runtime_leaves_the_status_of_main() {
        for (_, running) in start("return, and C exit when the runtime ends") {
            running.end().assert(0, &handlers("return", "Some(0)", true), "");
        }
    }

    #[test]
    fn a_task_that_panicked_before_changes_nothing() {
        if panics_abort() {
            for (flavor, running) in start("panic in a task") {
                let ended = running.end();
                assert_eq!(
                    (ended.code(), ended.stdout),
                    (-6, handlers("panic", "Some(134)", flavor.outlives_a_task))
                );
            }
        } else {
            for (_, running) in start("panic in a task") {
                let ended = running.end();
                assert_eq!(
                    (ended.code(), ended.stdout),
                    (0, format!("the task panicked\n{}", handlers("return", "Some(0)", true)))
                );
            }
        }
    }
}

mod when_something_exits {
    use super::*;

    #[test]
    fn main_stands_still_and_perhaps_its_runtime() {
        assert_ends("exitmacro exit", ("exit", 5), WITHOUT_MAIN, "");
        assert_ends("std exit", ("exit", 6), WITHOUT_MAIN, "");
    }

    #[test]
    fn a_task_stands_still_and_perhaps_its_runtime() {
        assert_ends("exitmacro exit in a task", ("exit", 5), WITHOUT_A_TASK, "");
        assert_ends("std exit in a task", ("exit", 6), WITHOUT_A_TASK, "");
    }

    #[test]
    fn a_runtime_whose_workers_all_exit_stands_still() {
        for (way, code) in [("exitmacro exit in two tasks", 5), ("std exit in two tasks", 6)] {
            scenario!("async_two_workers").arg(way).run().assert(
                code,
                &handlers("exit", &format!("Some({code})"), false),
                "",
            );
        }
    }

    #[test]
    fn no_runtime_stands_still_for_a_thread_beside_it() {
        assert_ends("exitmacro exit on a blocking thread", ("exit", 5), ALWAYS, "");
        assert_ends("std exit on a blocking thread", ("exit", 6), ALWAYS, "");
    }
}

mod when_a_signal_comes {
    use super::*;

    #[track_caller]
    fn signalled(way: &str) -> Vec<Ended> {
        let mut programs = start(way);
        for (_, running) in &mut programs {
            running.wait_for("ready");
            running.signal(libc::SIGTERM);
        }
        programs.into_iter().map(|(_, running)| running.end()).collect()
    }

    fn handlers_of_signal() -> String {
        handlers("SIGTERM", "Some(143)", true)
    }

    #[test]
    fn futures_run_in_the_runtime_of_the_program() {
        for ended in signalled("signal") {
            ended.assert(143, &format!("ready\n{}", handlers_of_signal()), "");
        }
    }

    #[test]
    fn main_may_return_within_the_grace() {
        for ended in signalled("signal, then return") {
            ended.assert(143, &format!("ready\nmain returns\n{}", handlers_of_signal()), "");
        }
    }

    #[test]
    fn they_run_when_the_grace_is_over() {
        for ended in signalled("signal, then no end") {
            ended.assert(143, &format!("ready\n{}", handlers_of_signal()), "");
        }
    }

    #[test]
    fn one_that_comes_while_they_run_for_a_return_changes_nothing() {
        for ended in signalled("return, and signal") {
            ended.assert(
                0,
                &handlers("return", "Some(0)", true).replace("last", "ready\nlast"),
                "",
            );
        }
    }

    #[test]
    fn one_that_comes_when_they_have_run_for_a_return_leaves_its_status() {
        for (_, mut running) in start("return, and signal when the handlers have run") {
            running.wait_for("ready");
            running.signal(libc::SIGTERM);
            let ended = running.end();
            assert!(
                ended.code() == 0
                    && ended.stdout.starts_with("own: return, Some(0)\n")
                    && ended.stdout.ends_with("ready\n"),
                "{ended:?}"
            );
        }
    }

    #[test]
    fn main_may_return_at_the_same_time() {
        for ended in signalled("signal, and return at once") {
            // Before them, among them, or too late.
            let stdout = ended.stdout.replacen("main returns\n", "", 1);
            assert_eq!(
                (ended.code(), stdout.as_str(), ended.stderr.as_str()),
                (143, format!("ready\n{}", handlers_of_signal()).as_str(), "")
            );
        }
    }
}

mod a_run_that_is_awaited {
    use super::*;

    fn ran() -> String {
        handlers("requested", "None", true)
    }

    #[track_caller]
    fn assert_prints(way: &str, code: i32, stdout: &str) {
        for (_, running) in start(way) {
            running.end().assert(code, stdout, "");
        }
    }

    #[test]
    fn leaves_the_process_and_its_status_alone() {
        assert_prints("run", 0, &format!("{}{REPORT}", ran()));
        assert_prints("run, then return 7", 7, &format!("{}{REPORT}", ran()));
        assert_prints("run, then exitmacro exit", 5, &format!("{}{REPORT}", ran()));
    }

    #[test]
    fn takes_place_once() {
        assert_prints("run twice", 0, &format!("{}{REPORT}{REPORT}", ran()));
        assert_prints("run in two tasks", 0, &format!("{}{REPORT}{REPORT}", ran()));
    }

    #[test]
    fn goes_on_when_nobody_awaits_it_any_more() {
        assert_prints("run, given up", 0, &ran().replace("last: None", "last: Some(0)"));
    }

    #[test]
    fn may_become_the_end_of_the_process() {
        assert_prints(
            "run, and exit on a thread",
            5,
            &ran().replace("last: None", "last: Some(5)"),
        );
    }

    #[test]
    fn is_the_same_by_hand_where_the_runtime_outlives_main() {
        for (flavor, running) in start("run by hand") {
            running.end().assert(
                0,
                &format!("{}{REPORT}", handlers("requested", "None", flavor.outlives_main)),
                "",
            );
        }
    }
}

/// The program whose handlers run in runtimes of their own, the one whose handlers run in its
/// runtime, and the reason that they give for a return.
type Program = (fn() -> Scenario, &'static str);

const PLAIN: Program = (|| scenario!("async_handlers_plain"), "exit");
const AWAITED: Program = (|| scenario!("async_handlers_awaited"), "return");

mod one_that_misbehaves {
    use super::*;

    const WAYS: [&str; 3] = ["return", "std exit", "exitmacro exit"];

    /// Starts the program with each way to end, side by side.
    fn started(program: Program, act: &str) -> Vec<Running> {
        WAYS.into_iter().map(|way| (program.0)().arg(act).arg(way).start()).collect()
    }

    /// Compares what both programs leave when a handler behaves like this, whichever way they end;
    /// it is dropped that often by the time that the next one runs.
    #[track_caller]
    fn assert_told(act: &str, drops: usize, outcome: &str, told: &str) {
        let stdout = |end: &str| format!("before\n{}after\n{end}", "dropped\n".repeat(drops));
        let report = format!(
            "last: None\nreport: before completed, middle {outcome}, after completed, last completed\n"
        );
        let programs = [PLAIN, AWAITED]
            .map(|program| (started(program, act), (program.0)().arg(act).arg("run").start()));
        for (ending, running) in programs {
            ending.into_iter().for_each(|ending| {
                assert_anywhere(&ending.end(), 0, &stdout("last: Some(0)\n"), told)
            });
            assert_anywhere(&running.end(), 0, &stdout(&report), told);
        }
    }

    /// The same of one that is dropped when its time is over: the runner has a quarter of a second
    /// for that.
    #[track_caller]
    fn assert_dropped_late(act: &str, drops: usize, outcome: &str, told: &str) {
        despite_load(|| assert_told(act, drops, outcome, told));
    }

    fn told(what: &str) -> String {
        format!("exitmacro: handler `middle` (tests/src/bin/async_handlers/body.rs:_) {what}\n")
    }

    #[test]
    fn is_what_this_is_about() {
        assert_told("good", 1, "completed", "");
    }

    #[test]
    fn is_dropped_when_its_time_is_over() {
        for act in ["late", "restless"] {
            assert_dropped_late(
                act,
                1,
                "timed out",
                &told("timed out after _s: its timeout is _s"),
            );
        }
    }

    #[test]
    fn is_abandoned_when_it_blocks_its_thread() {
        assert_told(
            "blocking",
            0,
            "timed out",
            &told("timed out after _s and was abandoned: its timeout is _s"),
        );
        assert_told(
            "late, and dropped slowly",
            1,
            "timed out",
            &told("timed out after _s and was abandoned: its timeout is _s"),
        );
    }

    #[test]
    fn is_reported_when_it_fails() {
        assert_told("fails", 1, "failed: no luck", &told("failed after _s: no luck"));
    }

    #[test]
    fn is_reported_when_it_panics() {
        let message = panicked("exitmacro", "async_handlers/body", "no luck");
        let told = format!("{message}{}", told("panicked after _s: no luck"));
        let drops = |drops: usize| if panics_abort() { drops - 1 } else { drops };
        assert_told("panics", drops(1), "panicked: no luck", &told);
        assert_told("panics when it is dropped", drops(2), "panicked: no luck", &told);
    }

    #[test]
    fn is_reported_when_its_drop_panics_after_its_time() {
        let message = panicked("exitmacro", "async_handlers/body", "no luck");
        let drops = if panics_abort() { 1 } else { 2 };
        assert_dropped_late(
            "late, and panics when it is dropped",
            drops,
            "panicked: no luck",
            &format!("{message}{}", told("panicked after _s: no luck")),
        );
    }

    #[test]
    fn sets_the_status_when_it_exits() {
        let dropped = if panics_abort() { "" } else { "dropped\n" };
        for program in [PLAIN, AWAITED] {
            let by_hand = (program.0)().arg("exitmacro exit").arg("run").start();
            for running in started(program, "exitmacro exit").into_iter().chain([by_hand]) {
                running.end().assert(7, &format!("before\n{dropped}after\nlast: Some(7)\n"), "");
            }
        }
    }

    #[test]
    fn sets_the_status_by_std_where_std_has_not_locked_it() {
        let told = told(
            "timed out after _s: it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead",
        );
        for (program, ways, code, told) in [
            (PLAIN, &["exitmacro exit", "run"][..], 7, ""),
            (PLAIN, &["return", "std exit"], 0, told.as_str()),
            (AWAITED, &["return", "exitmacro exit", "run"], 7, ""),
            (AWAITED, &["std exit"], 0, &told),
        ] {
            for way in ways {
                let ended = (program.0)().arg("std exit").arg(way).run();
                assert_anywhere(
                    &ended,
                    code,
                    &format!("before\nafter\nlast: Some({code})\n"),
                    told,
                );
            }
        }
    }

    #[test]
    fn is_told_what_ended_before_when_it_runs_the_others() {
        for program in [PLAIN, AWAITED] {
            for running in started(program, "runs") {
                running.end().assert(
                    0,
                    "before\nso far: before completed\ndropped\nafter\nlast: Some(0)\n",
                    "",
                );
            }
        }
    }

    #[test]
    fn sets_the_status_when_a_task_on_its_thread_exits() {
        if panics_abort() {
            return;
        }
        // A task in the handler's own runtime ends like the handler would; another one is on
        // another thread, which comes second: it stops where it is, and the handler waits for it.
        for running in started(PLAIN, "exitmacro exit in a task") {
            running.end().assert(7, "before\ncame back: true\ndropped\nafter\nlast: Some(7)\n", "");
        }
        for running in started(AWAITED, "exitmacro exit in a task") {
            assert_anywhere(
                &running.end(),
                0,
                "before\ndropped\nafter\nlast: Some(0)\n",
                &told("timed out after _s: its timeout is _s"),
            );
        }
    }

    #[test]
    fn leaves_threads_behind() {
        let message = panicked("exitmacro", "async_handlers/body", "no luck");
        let told = format!("{message}{}", told("panicked after _s: no luck"));
        for way in WAYS {
            for (act, code, told) in [
                ("leaves a thread", 0, ""),
                ("leaves a thread and panics", 0, &told),
                ("leaves a thread and exits", 7, ""),
            ] {
                let dropped =
                    if panics_abort() && act != "leaves a thread" { "" } else { "dropped\n" };
                let ended = scenario!("async_handlers_plain").arg(act).arg(way).run();
                assert_anywhere(
                    &ended,
                    code,
                    &format!("before\n{dropped}after\nlast: Some({code})\n"),
                    told,
                );
            }
        }
    }

    #[test]
    fn leaves_threads_behind_when_its_time_is_over() {
        // Also in the runtime of the program, which would wait for them.
        assert_dropped_late(
            "late, and leaves a thread",
            1,
            "timed out",
            &told("timed out after _s: its timeout is _s"),
        );
    }
}

mod contexts {
    use super::*;

    #[test]
    fn are_borrowed_across_awaits() {
        for (program, returned) in [PLAIN, AWAITED] {
            for (way, reason) in
                [("return", returned), ("std exit", "exit"), ("exitmacro exit", "exit")]
            {
                let asked = format!("{reason}, Some(0), abandoned: false\n").repeat(3);
                program().arg("asks").arg(way).run().assert(
                    9,
                    &format!("before\n{asked}dropped\nafter\nlast: Some(9)\n"),
                    "",
                );
            }
        }
    }

    #[test]
    fn take_every_status_that_a_process_can_end_with() {
        for (program, _) in [PLAIN, AWAITED] {
            for (act, status, code) in
                [("sets 300", 300, 44), ("sets -1", -1, 255), ("sets 0", 0, 0)]
            {
                program().arg(act).arg("return 5").run().assert(
                    code,
                    &format!("before\ndropped\nafter\nlast: Some({status})\n"),
                    "",
                );
            }
        }
    }
}

mod the_budget {
    use super::*;

    #[track_caller]
    fn assert_ends(act: &str, stdout: fn(i32) -> String, told: &str) {
        let panicked = panicked("main", "async_budget", "main panics");
        // The error of `main` is printed when the handlers have run.
        for (way, code, before, after) in [
            ("return 7", 7, "", ""),
            ("error", 1, "", "Error: \"no luck\"\n"),
            ("panic", 101, panicked.as_str(), ""),
            ("exitmacro exit", 5, "", ""),
        ] {
            let (status, code) =
                if panics_abort() && way == "panic" { (134, -6) } else { (code, code) };
            let told = format!(
                "{before}exitmacro: handler `patient` (tests/src/bin/async_budget.rs:_) timed out after _s{told}{after}"
            );
            assert_anywhere(
                &scenario!("async_budget").arg(act).arg(way).run(),
                code,
                &stdout(status),
                &told,
            );
        }
    }

    #[test]
    fn leaves_time_to_drop_a_future_and_for_the_next_handler() {
        // A tenth of a second is left for the last one.
        despite_load(|| {
            assert_ends(
                "awaiting",
                |code| format!("dropped\nlast: Some({code})\n"),
                ": its share of the budget was _s, of _s left\n",
            )
        });
    }

    #[test]
    fn ends_a_process_whose_handler_blocks_its_thread_with_its_status() {
        let told = " and was abandoned: its share of the budget was _s, of _s left\n\
                    exitmacro: handler `last` (tests/src/bin/async_budget.rs:_) skipped: the budget of _s is used up\n";
        for act in ["blocking", "blocking, with a thread left in the runtime"] {
            assert_ends(act, |_| String::new(), told);
        }
    }
}

mod with_other_handlers {
    use super::*;

    #[test]
    fn they_run_side_by_side_and_one_after_the_other() {
        for way in ["return", "std exit", "exit in a task"] {
            let ended = scenario!("async_order").arg(way).run();
            let told = "exitmacro: handler `async_order::third` (tests/src/bin/async_order.rs:_) failed after _s: no luck\n";
            assert_anywhere(&ended, 0, "4 met\nfirst\nsecond\nthird\nfourth\n", told);
        }
    }
}

mod on_the_exiting_thread {
    use super::*;

    fn stdout(code: &str) -> String {
        in_runtime("its own", code)
    }

    fn in_runtime(whose: &str, code: &str) -> String {
        format!(
            "without a runtime, on the exiting thread: {code}\nwith a runtime, {whose}, on the exiting thread\nelsewhere, on another thread\n"
        )
    }

    #[test]
    fn they_have_a_runtime_of_their_own() {
        for (way, code) in [("return", 0), ("std exit", 3), ("exitmacro exit", 3)] {
            scenario!("async_on_caller").arg("none").arg(way).run().assert(
                code,
                &stdout(&format!("Some({code})")),
                "",
            );
        }
    }

    #[test]
    fn they_have_one_that_works_where_the_thread_is_that_of_another() {
        for runtime in ["current_thread", "two workers", "a worker of one"] {
            // Of two workers, one is free.
            let whose = if runtime == "two workers" { "the program's" } else { "its own" };
            scenario!("async_on_caller").arg(runtime).arg("exitmacro exit").run().assert(
                3,
                &in_runtime(whose, "Some(3)"),
                "",
            );
            let stdout =
                format!("{}success: true, a thread is left: false\n", in_runtime(whose, "None"));
            scenario!("async_on_caller").arg(runtime).arg("run").run().assert(0, &stdout, "");
        }
    }

    #[test]
    fn they_have_none_when_the_thread_locals_of_tokio_are_gone() {
        for runtime in ["current_thread", "two workers", "a worker of one"] {
            let ended = scenario!("async_on_caller").arg(runtime).arg("std exit").run();
            assert_eq!(
                (ended.code(), ended.stdout),
                (
                    3,
                    stdout("Some(3)")
                        .replace("with a runtime, its own, on the exiting thread\n", "")
                )
            );
            assert!(
                ended.stderr.contains(
                    "exitmacro: handler `with a runtime` (tests/src/bin/async_on_caller.rs:"
                ) && ended.stderr.contains(" panicked after ")
            );
        }
    }
}

mod that_ask_for_the_calling_thread_of_an_awaited_run {
    use super::*;

    const TIMED_OUT: &str = "exitmacro: handler `awaited_caller::hangs` (tests/src/bin/awaited_caller.rs:_) timed out after _s and was abandoned: its timeout is _s\n";

    #[test]
    fn run_on_the_runner_and_do_not_hold_up_the_future_when_they_hang() {
        let ran = "hangs on exitmacro\nnext on exitmacro\n";
        assert_anywhere(
            &scenario!("awaited_caller").arg("run_async").run(),
            3,
            &format!("{ran}ready: 2\n"),
            TIMED_OUT,
        );
        assert_anywhere(&scenario!("awaited_caller").arg("return").run(), 3, ran, TIMED_OUT);
    }
}

mod in_a_forked_child {
    use super::*;

    const PARENT: &str = "inherited, in the parent\nnot inherited, in the parent\n";
    const CHILD: &str = "inherited, in the child\nthe child ended with 3\n";

    #[test]
    fn they_run_without_the_threads_of_the_runtime() {
        for way in ["std exit", "exitmacro exit"] {
            scenario!("async_forked").arg(way).run().assert(0, &format!("{CHILD}{PARENT}"), "");
        }
    }

    #[test]
    fn they_run_whatever_locks_the_runtime_held() {
        for way in ["std exit", "exitmacro exit"] {
            scenario!("async_forked").arg(way).arg("busy").run().assert(
                0,
                &format!("{}{PARENT}", CHILD.repeat(20)),
                "",
            );
        }
    }
}

mod without_a_runtime {
    use super::*;

    const LATE: &str = "exitmacro: handler `late` (without_runtime/src/main.rs:_) timed out after _s: its timeout is _s\n";

    #[test]
    fn they_are_driven_all_the_same() {
        let program = Build::debug().program("without_runtime");
        let stdout = |code: &str| format!("woken: {code}\ndropped\ndropped\nlast: Some(7)\n");
        despite_load(|| {
            assert_anywhere(&Scenario::of(&program).run(), 7, &stdout("exit, Some(0)"), LATE);
            assert_anywhere(
                &Scenario::of(&program).arg("await").run(),
                7,
                &stdout("requested, None"),
                LATE,
            );
        });
    }

    #[test]
    fn they_run_after_tests() {
        let ended = Scenario::of(&Build::debug().tests("without_runtime")).run();
        assert!(ended.stdout.contains("test result: ok. 1 passed"), "{ended:?}");
        assert!(
            ended.stdout.ends_with("\nwoken: exit, Some(0)\ndropped\ndropped\nlast: Some(7)\n"),
            "{ended:?}"
        );
        assert_eq!(ended.code(), 7, "{ended:?}");
    }

    #[test]
    fn they_run_after_tests_that_had_runtimes() {
        let ended = Scenario::of(&Build::debug().tests("futures")).run();
        assert!(
            ended.stdout.contains("test result: ok. 1 passed")
                && ended.stdout.ends_with("\nhandler\n"),
            "{ended:?}"
        );
        assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    }
}
