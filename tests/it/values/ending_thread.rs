//! What the thread that ends the process holds, makes, closes or runs is not waited for, and
//! neither is that thread itself.

use crate::support::{Ended, scenario};

const ENDS: [&str; 4] = ["exitmacro exit", "std exit", "c exit", "run"];

fn never_comes(what: &str, end: &str) -> Ended {
    scenario!("never_comes").arg(what).arg(end).run()
}

/// The thread that is not waited for, as it ends the process.
fn who(end: &str) -> &str {
    if end == "run" {
        "a thread that waits for the exit handlers"
    } else {
        "the thread that ends the process"
    }
}

/// The status, and what `main` says when it goes on.
fn rest(end: &str) -> (i32, &'static str) {
    if end == "run" { (0, "main goes on\n") } else { (3, "") }
}

#[track_caller]
fn assert_busy(what: &str, before: &str, handler: &str, why: impl Fn(&str) -> String) {
    for end in ENDS {
        let (code, rest) = rest(end);
        let stderr = format!(
            "exitmacro: handler `{handler}` (tests/src/bin/never_comes.rs:_) failed after _s: {}\n",
            why(who(end))
        );
        never_comes(what, end).assert_at_any_line(
            code,
            &format!("{before}at once: true\n{rest}"),
            &stderr,
        );
    }
}

#[test]
fn a_value_that_the_ending_thread_makes() {
    for end in ENDS {
        let (code, rest) = rest(end);
        let told =
            "busy: the thread that was making the value ends the process, or waits for its end\n";
        never_comes("makes", end).assert(code, &format!("{told}at once: true\n{rest}"), "");
    }
}

#[test]
fn a_value_that_the_ending_thread_closes() {
    assert_busy("closes", "closing\n", "never_comes::Ends", |who| {
        format!("busy: {who} is in the middle of closing it")
    });
}

#[test]
fn a_value_that_the_ending_thread_holds() {
    let why = |who: &str| {
        format!("busy: {who} holds a guard of the value, which is therefore not dropped")
    };
    assert_busy("holds", "", "the cell", why);
}

#[test]
fn values_of_several_cells_that_the_ending_thread_holds() {
    let line = |name: &str, who: &str| {
        format!(
            "exitmacro: handler `{name}` (tests/src/bin/never_comes.rs:_) failed after _s: busy: {who} holds a guard of the value, which is therefore not dropped\n"
        )
    };
    for end in ENDS {
        let (code, rest) = rest(end);
        let stderr = line("the cell", who(end)) + &line("another cell", who(end));
        never_comes("holds many", end).assert_at_any_line(
            code,
            &format!("dropped\ndropped\nat once: true\n{rest}"),
            &stderr,
        );
    }
}

#[test]
fn a_value_that_a_handler_has_kept_a_guard_of() {
    let why = |_: &str| {
        "busy: the thread that runs this handler holds a guard of the value, which is therefore not dropped".to_owned()
    };
    assert_busy("handler holds", "", "the cell", why);
}

#[test]
fn a_thread_that_is_to_be_joined_and_ends_the_process() {
    for end in ["exitmacro exit", "std exit", "c exit"] {
        let mut ended = never_comes("is joined", end);
        // Where std has the type is its own affair.
        ended.stderr = ended
            .stderr
            .replace("`std::thread::join_handle::JoinHandle<()>`", "`std::thread::JoinHandle<()>`");
        let why = "busy: the thread to be joined is the thread that ends the process";
        let stderr = format!(
            "exitmacro: handler `std::thread::JoinHandle<()>` (tests/src/bin/never_comes.rs:_) failed after _s: {why}\n"
        );
        ended.assert_at_any_line(3, "at once: true\n", &stderr);
    }
}

#[test]
fn a_thread_that_would_join_itself() {
    let ended = never_comes("joins itself", "");
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
fn a_function_of_a_guard_that_ends_the_process() {
    let handler = "guard never_comes::act::{{closure}}";
    assert_busy("runs", "running\n", handler, |who| {
        format!("busy: the guard's function is running on {who}, at the end of a scope")
    });
}

/// How the first thread ends the process. After `std::process::exit`, std itself stops a second one
/// that calls it, which is recognised on Linux x86_64 only.
const FIRST: &[&str] = if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
    &["exitmacro exit", "c exit", "std exit"]
} else {
    &["exitmacro exit", "c exit"]
};

#[test]
fn a_second_thread_that_ends_the_process_is_not_waited_for_either() {
    let middle = "is in the middle of";
    for (what, told) in [
        ("closes", middle),
        ("holds", "holds a guard of the value"),
        ("is joined", "the thread to be joined is"),
        ("are joined", "the thread to be joined is"),
        ("runs", "is running on"),
    ] {
        for (end, first) in
            ENDS.into_iter().flat_map(|end| FIRST.iter().map(move |&first| (end, first)))
        {
            let ended = scenario!("never_comes").arg(what).arg(end).arg(first).run();
            assert!(ended.stdout.ends_with("at once: true\n"), "{what}, {end}, {first}: {ended:?}");
            assert!(
                ended.stderr.lines().count() == 1
                    && ended.stderr.contains("failed after")
                    && ended.stderr.contains(told),
                "{what}, {end}, {first}: {ended:?}"
            );
        }
    }
    for (end, first) in
        ENDS.into_iter().flat_map(|end| FIRST.iter().map(move |&first| (end, first)))
    {
        let ended = scenario!("never_comes").arg("makes").arg(end).arg(first).run();
        let told = "busy: the thread that was making the value ends the process, or waits for its end\nat once: true\n";
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (told, ""), "{end}, {first}");
    }
}

#[test]
fn a_value_that_an_abandoned_handler_holds_which_ends_the_process() {
    for late in ["std exit", "c exit"] {
        let ended = never_comes("abandoned holds", late);
        let at = "(tests/src/bin/never_comes.rs:_)";
        let why = "busy: a thread that waits for the exit handlers holds a guard of the value, which is therefore not dropped";
        let stderr = format!(
            "exitmacro: handler `keeps a guard` {at} timed out after _s and was abandoned: its timeout is _s\n\
             exitmacro: handler `the cell` {at} failed after _s: {why}\n"
        );
        ended.assert_at_any_line(4, "at once: true\n", &stderr);
    }
}

#[test]
fn a_thread_that_has_run_the_handlers_by_hand_is_joined_like_any_other() {
    never_comes("have run", "").assert(
        0,
        "at once: true\na thread ends\na thread ends\nmain goes on\n",
        "",
    );
}

#[test]
fn what_the_end_of_a_scope_has_begun_is_waited_for() {
    for end in ENDS {
        let (code, rest) = rest(end);
        never_comes("is in the middle", end).assert(
            code,
            &format!("running\ndone\nat once: true\n{rest}"),
            "",
        );
    }
}
