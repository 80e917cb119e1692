//! The run does not wait for the thread that ends the process, nor for what that thread holds,
//! makes, closes or runs.

use crate::support::{Ended, handler_line, scenario, target, where_threads_are_shown};

const ENDS: [&str; 4] = ["exitmacro exit", "std exit", "c exit", "run"];

fn run(what: &str, end: &str) -> Ended {
    scenario!("ending_thread").arg(what).arg(end).run()
}

/// The name of the ending thread in messages.
fn ending_thread(end: &str) -> &str {
    if end == "run" {
        "a thread that waits for the exit handlers"
    } else {
        "the thread that ends the process"
    }
}

/// The same with its own name, where the system shows that.
fn named_ending_thread(end: &str) -> String {
    format!("{}{}", ending_thread(end), where_threads_are_shown(" (the main thread)"))
}

/// Why the value of a cell is not dropped, and which thread has a guard of it.
fn holds(who: &str, thread: &str) -> String {
    let taken = format!(": {thread} took one at tests/src/bin/ending_thread.rs:_");
    format!(
        "busy: {who} holds a guard of the `AtExitCell<ending_thread::Value>` of \
         tests/src/bin/ending_thread.rs:_, whose value is therefore not dropped{}",
        where_threads_are_shown(&taken)
    )
}

/// The status, and what `main` prints when it continues.
fn rest(end: &str) -> (i32, &'static str) {
    if end == "run" { (0, "main goes on\n") } else { (3, "") }
}

#[track_caller]
fn assert_busy(what: &str, before: &str, handler: &str, why: impl Fn(&str) -> String) {
    for end in ENDS {
        let (code, rest) = rest(end);
        let stderr = format!(
            "exitmacro: handler `{handler}` (tests/src/bin/ending_thread.rs:_) \
             failed after _s: {}\n",
            why(end)
        );
        run(what, end).assert_at_any_line(code, &format!("{before}at once: true\n{rest}"), &stderr);
    }
}

#[test]
fn a_value_that_the_ending_thread_makes_is_not_waited_for() {
    for end in ENDS {
        let (code, rest) = rest(end);
        let busy =
            "busy: the thread that was making the value ends the process, or waits for its end\n";
        run("makes", end).assert(code, &format!("{busy}at once: true\n{rest}"), "");
    }
}

#[test]
fn a_value_that_the_ending_thread_closes_is_not_waited_for() {
    assert_busy("closes", "closing\n", "ending_thread::Ends", |end| {
        format!("busy: {} is in the middle of closing it", named_ending_thread(end))
    });
}

#[test]
fn a_value_that_the_ending_thread_holds_is_not_waited_for() {
    assert_busy("holds", "", "the cell", |end| holds(ending_thread(end), "the main thread"));
}

#[test]
fn values_of_several_cells_that_the_ending_thread_holds_are_not_waited_for() {
    let line = |name: &str, thread: &str| {
        let why = holds(thread, "the main thread");
        handler_line(name, "ending_thread", &format!("failed after _s: {why}"))
    };
    for end in ENDS {
        let (code, rest) = rest(end);
        let stderr =
            line("the cell", ending_thread(end)) + &line("another cell", ending_thread(end));
        run("holds many", end).assert_at_any_line(
            code,
            &format!("dropped\ndropped\nat once: true\n{rest}"),
            &stderr,
        );
    }
}

#[test]
fn a_value_whose_guard_a_handler_holds_is_not_waited_for() {
    assert_busy("handler holds", "", "the cell", |_| {
        holds("the thread that runs this handler", "thread `exitmacro`")
    });
}

#[test]
fn a_tracked_thread_that_ends_the_process_is_not_joined() {
    for end in ["exitmacro exit", "std exit", "c exit"] {
        let mut ended = run("is joined", end);
        // The module path of the type is private to std.
        ended.stderr = ended
            .stderr
            .replace("`std::thread::join_handle::JoinHandle<()>`", "`std::thread::JoinHandle<()>`");
        let why = "busy: the thread to be joined, `worker`, is the thread that ends the process";
        let stderr = handler_line(
            "std::thread::JoinHandle<()>",
            "ending_thread",
            &format!("failed after _s: {why}"),
        );
        ended.assert_at_any_line(3, "at once: true\n", &stderr);
    }
}

#[test]
fn a_tracked_thread_does_not_join_itself() {
    let ended = run("joins itself", "");
    assert_eq!(
        (ended.code(), ended.stdout.as_str()),
        (0, "main goes on\nat once: true\n"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.ends_with("failed: busy: the thread to be joined is the calling thread\n"),
        "{ended:?}"
    );
}

#[test]
fn a_guard_whose_function_ends_the_process_is_not_waited_for() {
    let handler = "guard ending_thread::act::{{closure}}";
    assert_busy("runs", "running\n", handler, |end| {
        let thread = named_ending_thread(end);
        format!("busy: the guard's function is running on {thread}, at the end of a scope")
    });
}

#[test]
fn a_guarded_value_that_the_ending_thread_has_locked_is_not_waited_for() {
    for end in ENDS {
        let why = format!(
            "busy: {} has locked the guard's value at tests/src/bin/ending_thread.rs:_, \
             which its function therefore did not get",
            named_ending_thread(end)
        );
        let name = "guard ending_thread::act::{{closure}}";
        let stderr = handler_line(name, "ending_thread", &format!("failed after _s: {why}"));
        let (code, rest) = rest(end);
        // After a run by hand the end of the scope comes first.
        let scope = if end == "run" { "the function has it\ndropped\n" } else { "" };
        run("locks", end).assert_at_any_line(
            code,
            &format!("at once: true\n{scope}{rest}"),
            &stderr,
        );
    }
}

/// How the first thread may end the process when the second one ends it by `second`, so that the
/// run learns of the second one.
fn firsts(second: &str) -> Vec<&'static str> {
    // std stops a second thread that calls its `exit`, which is recognised on Linux x86_64 only.
    let after_std = target().parked_threads_are_recognised;
    let reaches_the_hook = matches!(second, "exitmacro exit" | "run");
    // Since glibc 2.41, libc stops a second thread in its `exit`, which nothing shows.
    let after_c = !target().one_thread_may_exit || reaches_the_hook;
    let mut firsts = vec!["exitmacro exit"];
    firsts.extend(after_c.then_some("c exit"));
    firsts.extend((after_std && (after_c || second == "std exit")).then_some("std exit"));
    firsts
}

#[test]
fn a_second_thread_that_ends_the_process_is_not_waited_for() {
    let middle = "is in the middle of";
    for (what, expected) in [
        ("closes", middle),
        ("holds", "holds a guard of the `AtExitCell<"),
        ("is joined", "the thread to be joined, `worker`, is"),
        ("are joined", "the thread to be joined is"),
        ("runs", "is running on"),
        ("locks", "has locked the guard's value"),
    ] {
        for (end, first) in
            ENDS.into_iter().flat_map(|end| firsts(end).into_iter().map(move |first| (end, first)))
        {
            let ended = scenario!("ending_thread").arg(what).arg(end).arg(first).run();
            // After a run by hand the second thread goes on, to the end of its scope.
            let stdout = ended
                .stdout
                .trim_end_matches("dropped\n")
                .trim_end_matches("the function has it\n");
            assert!(stdout.ends_with("at once: true\n"), "{what}, {end}, {first}: {ended:?}");
            assert!(
                ended.stderr.lines().count() == 1
                    && ended.stderr.contains("failed after")
                    && ended.stderr.contains(expected),
                "{what}, {end}, {first}: {ended:?}"
            );
        }
    }
    for (end, first) in
        ENDS.into_iter().flat_map(|end| firsts(end).into_iter().map(move |first| (end, first)))
    {
        let ended = scenario!("ending_thread").arg("makes").arg(end).arg(first).run();
        let stdout = "busy: the thread that was making the value ends the process, \
                      or waits for its end\nat once: true\n";
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (stdout, ""), "{end}, {first}");
    }
}

#[test]
fn a_value_that_an_abandoned_handler_holds_is_not_waited_for() {
    for late in ["std exit", "c exit"] {
        let ended = run("abandoned holds", late);
        let at = "(tests/src/bin/ending_thread.rs:_)";
        let why = holds("a thread that waits for the exit handlers", "thread `exitmacro`");
        let stderr = format!(
            "exitmacro: handler `keeps a guard` {at} timed out after _s and was abandoned: \
             its timeout is _s\n\
             exitmacro: handler `the cell` {at} failed after _s: {why}\n"
        );
        ended.assert_at_any_line(4, "at once: true\n", &stderr);
    }
}

#[test]
fn a_thread_that_has_run_the_handlers_by_hand_is_joined_like_any_other() {
    run("have run", "").assert(
        0,
        "at once: true\na thread ends\na thread ends\nmain goes on\n",
        "",
    );
}

#[test]
fn a_guard_that_another_thread_runs_is_waited_for() {
    for end in ENDS {
        let (code, rest) = rest(end);
        run("is in the middle", end).assert(
            code,
            &format!("running\ndone\nat once: true\n{rest}"),
            "",
        );
    }
}
