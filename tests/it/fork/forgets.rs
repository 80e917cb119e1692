//! Children that do not adopt the handlers of their parent: what no process runs is named, once.

use crate::support::{Ended, Scenario, scenario};

fn programs() -> [(Scenario, &'static str); 2] {
    [(scenario!("fork_forgets"), "declared"), (scenario!("fork_forgets_registered"), "registered")]
}

/// What it prints, without process ids.
fn told(ended: &Ended) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    ended
        .stderr
        .lines()
        .map(|line| match line.split_once("of process ") {
            Some((before, rest)) => {
                format!("{before}of process _{}\n", rest.trim_start_matches(is_digit))
            }
            None => format!("{line}\n"),
        })
        .collect()
}

const LOST: &str = "exitmacro: the exit handlers of process _ did not run: \
                    it ended without running them, and no forked child has adopted them; \
                    a daemon calls `exitmacro::adopt` right after the fork\n";
const FORKED: &str = "exitmacro: this process was forked: it runs only the \
                      exit handlers that it registered itself; \
                      those of its parent stay there unless it calls `exitmacro::adopt`\n";
const NOT_ADOPTED: &str = "exitmacro: a forked child in its own session has not adopted the exit \
                           handlers, so they run here, in its parent; \
                           a daemon calls `exitmacro::adopt` right after the fork\n";

#[test]
fn handlers_that_no_process_runs_are_named() {
    for (program, _) in programs() {
        let ended = program.arg("tree").arg("the parent just stops").run();
        assert_eq!((ended.stdout.as_str(), told(&ended).as_str()), ("the child ends\n", LOST));
    }
}

#[test]
fn they_are_named_once_by_the_last_process_that_could_adopt_them() {
    for (program, _) in programs() {
        let ended = program.arg("tree").arg("two children, the parent just stops").run();
        let stdout = "the first child ends\nthe second child ends\n";
        assert_eq!((ended.stdout.as_str(), told(&ended).as_str()), (stdout, LOST));
    }
}

#[test]
fn handlers_that_a_sibling_adopted_are_not_lost() {
    for (program, handler) in programs() {
        let ended = program.arg("tree").arg("one child adopts, the parent just stops").run();
        let stdout = format!("the first child ends\n{handler}\nthe second child ends\n");
        assert_eq!((ended.stdout.as_str(), told(&ended).as_str()), (stdout.as_str(), ""));
    }
}

#[test]
fn handlers_that_the_parent_ran_are_not_lost() {
    for (program, handler) in programs() {
        let ended = program.arg("tree").arg("the parent exits").run();
        let stdout = format!("{handler}\nthe child ends\n");
        assert_eq!((ended.stdout.as_str(), told(&ended).as_str()), (stdout.as_str(), ""));
    }
}

#[test]
fn a_child_that_runs_nothing_says_so_on_request() {
    for (log, line) in [("error", ""), ("info", FORKED)] {
        for (program, handler) in programs() {
            let ended = program.arg("a child ends first").env("EXITMACRO_LOG", log).run();
            ended.assert(0, &format!("{handler}\n"), line);
        }
    }
}

#[test]
fn a_parent_that_runs_the_handlers_of_a_daemon_says_so_on_request() {
    for (log, line) in [("error", ""), ("info", NOT_ADOPTED)] {
        for (program, handler) in programs() {
            let ended = program
                .arg("tree")
                .arg("a child of its own session")
                .env("EXITMACRO_LOG", log)
                .run();
            assert_eq!((ended.stdout, ended.stderr), (format!("{handler}\n"), line.to_owned()));
        }
    }
}
