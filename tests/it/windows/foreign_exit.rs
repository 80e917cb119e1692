//! The process ends by an `ExitProcess` of another module: the system ends all other threads, and
//! the handlers run on the exiting thread.

use crate::support::{Ended, scenario};

fn ended(exit_path: &str) -> Ended {
    scenario!("foreign_exit").arg(exit_path).run()
}

/// Each line of this crate: the handler and the reason that it names, or else the whole line.
fn lines(ended: &Ended) -> Vec<String> {
    let of_crate = ended.stderr.lines().filter_map(|line| line.strip_prefix("exitmacro: "));
    let name = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    of_crate
        .map(|line| match line.rsplit_once(": ") {
            Some((_, reason)) => format!("{}: {reason}", name(line)),
            None => line.to_owned(),
        })
        .collect()
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn handlers_run_once_and_the_status_stays() {
    for (exit_path, code) in [("main", 3), ("on a thread", 4)] {
        ended(exit_path).assert(code, "first: exit, None\nregistered\nlast\n", "");
    }
    ended("exit").assert(11, "first: exit, Some(11)\nregistered\nlast\n", "");
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_handler_may_set_the_status_or_exit() {
    for (exit_path, code) in
        [("a handler sets the status", 9), ("a handler exits", 7), ("a handler calls std exit", 8)]
    {
        ended(exit_path).assert(code, "first: exit, None\nregistered\nlast\n", "");
    }
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_panic_is_reported_and_the_rest_runs() {
    let ended = ended("a handler panics");
    assert_eq!((ended.code(), ended.lines().len()), (3, 3), "{ended:?}");
    assert_eq!(lines(&ended), ["foreign_exit::windows::first: no luck"], "{ended:?}");
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_run_whose_threads_have_ended_is_continued() {
    let reason = "another module ended the process";
    for (exit_path, handler) in
        [("a handler calls it", "foreign_exit::windows::first"), ("while a handler runs", "slow")]
    {
        let ended = ended(exit_path);
        assert_eq!(
            (ended.code(), ended.stdout.as_str()),
            (6, "first: exit, Some(6)\nregistered\nlast\n"),
            "{ended:?}"
        );
        assert_eq!(lines(&ended), [format!("{handler}: {reason}")], "{ended:?}");
    }
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_lock_of_a_thread_that_has_ended_is_not_waited_for() {
    const STUCK: &str = "it waits for a lock or another thread, and all other threads have ended";
    for _ in 0..5 {
        // Four threads of the program print all the time, so that at most moments one of these
        // threads has the lock of stdout.
        let ended = ended("while threads print");
        let lines = lines(&ended);
        assert!([1, 3].contains(&ended.code()), "{:?}", ended.stderr);
        assert!(lines.iter().all(|line| line.ends_with(STUCK)), "{lines:?}");
        assert!(lines.len() == 3 || ended.lines().contains(&"last"), "{lines:?}");
    }
    for _ in 0..5 {
        let ended = ended("while threads register");
        assert_eq!(ended.code(), 3, "{ended:?}");
        let all = ["first: exit, None", "registered", "last"];
        let ran = ended.lines() == all && ended.stderr.is_empty();
        let said = ended.stderr.contains("while a thread had the lock of the exit handlers")
            && ended.stderr.contains("handler `foreign_exit::windows::first`")
            && ended.lines().is_empty();
        assert!(ran || said, "{ended:?}");
    }
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn no_handler_runs_where_the_program_asked_for_none() {
    ended("_exit").assert(10, "", "");
    ended("abort").assert(3, "", "");
}
