//! What is printed, and what happens when nothing can be printed.

use crate::support::{Ended, Scenario, despite_load, full_pipe, panics_abort, scenario};
use std::fs::File;
use std::io::pipe;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

fn outputs(state: &str, way: &str) -> Scenario {
    scenario!("outputs").arg(state).arg(way)
}

fn told(name: &str, what: &str) -> String {
    format!("exitmacro: handler `{name}` (tests/src/bin/outputs.rs:_) {what}\n")
}

const WAYS: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];

/// For tests that take seconds each time.
const TWO_WAYS: [&str; 2] = ["std exit", "exitmacro exit"];

/// Ended without waiting for any patience of the run, the shortest of which is a second.
#[track_caller]
fn assert_quick(ended: &Ended) {
    assert!(ended.took < Duration::from_millis(900), "{ended:?}");
}

/// As long as a handler may take that says nothing about it.
const UNBOUNDED: Duration = Duration::from_secs(10);

#[test]
fn what_main_printed_without_a_line_end_is_not_lost() {
    for way in WAYS {
        outputs("unflushed", way).run().assert(3, "buffered", "");
    }
}

#[test]
fn main_may_hold_the_lock_of_stdout_when_nothing_else_prints() {
    despite_load(|| {
        for way in WAYS {
            let ended = outputs("locked by main", way).run();
            ended.assert(3, "buffered", "");
            assert_quick(&ended);
        }
    });
}

#[test]
fn handlers_that_print_while_main_holds_the_lock_of_stdout_time_out() {
    let stderr = ["prints too", "prints"]
        .map(|name| told(name, "timed out after _s and was abandoned: its timeout is _s"))
        .concat();
    for way in WAYS {
        let ended = outputs("locked by main, handlers print", way).run();
        ended.assert_at_any_line(3, "buffered", &stderr);
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

#[test]
fn a_thread_that_keeps_the_lock_of_stdout_delays_the_end_by_a_second() {
    let stderr = "exitmacro: stdout was not flushed within _s: no process reads it, or another thread holds its lock\n";
    for way in TWO_WAYS {
        let ended = outputs("locked by a thread", way).run();
        ended.assert(3, "", stderr);
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

/// What is on stderr when handlers print and fail as ever.
fn usual() -> String {
    let fails = "failed after _s: no luck";
    format!("{}{}to stderr\n", told("fails too", fails), told("fails", fails))
}

#[test]
fn output_goes_where_it_should() {
    for way in WAYS {
        outputs("as given", way).run().assert_at_any_line(3, "prints\n", &usual());
    }
}

#[test]
fn streams_that_were_closed_before_the_start_do_no_harm() {
    despite_load(|| {
        for way in WAYS {
            let close = || {
                for descriptor in 0..=2 {
                    // SAFETY: the child has its own copies, and uses none of them before `exec`.
                    unsafe { libc::close(descriptor) };
                }
                Ok(())
            };
            // SAFETY: `close` is async-signal-safe.
            let before_exec = |command: &mut Command| _ = unsafe { command.pre_exec(close) };
            let ended = outputs("as given", way).with(before_exec).run();
            ended.assert(3, "", "");
            assert_quick(&ended);
        }
    });
}

#[test]
fn handlers_may_close_the_streams() {
    for way in WAYS {
        outputs("closed by a handler", way).run().assert(3, "", "");
    }
}

#[test]
fn a_stdout_that_nobody_listens_to_fails_the_handler_that_prints() {
    if panics_abort() {
        return;
    }
    let stderr = usual()
        + &told(
            "prints",
            "panicked after _s: failed printing to stdout: Broken pipe (os error 32)",
        );
    for way in WAYS {
        let (_, writer) = pipe().expect("a pipe opens");
        let ended = outputs("as given", way).stdout(writer).run();
        ended.assert_at_any_line(3, "", &stderr);
    }
}

#[test]
fn a_full_disk_fails_the_handler_that_prints() {
    if panics_abort() || !cfg!(target_os = "linux") {
        return;
    }
    let stderr = usual()
        + &told(
            "prints",
            "panicked after _s: failed printing to stdout: No space left on device (os error 28)",
        );
    for way in WAYS {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let ended = outputs("as given", way).stdout(full).run();
        ended.assert_at_any_line(3, "", &stderr);
    }
}

#[test]
fn a_stderr_that_cannot_be_written_does_no_harm() {
    despite_load(|| {
        for way in WAYS {
            let (_, writer) = pipe().expect("a pipe opens");
            let ended = outputs("as given", way).stderr(writer).run();
            ended.assert(3, "prints\n", "");
            assert_quick(&ended);
            if cfg!(target_os = "linux") {
                let full = File::options().write(true).open("/dev/full").expect("Linux has it");
                outputs("as given", way).stderr(full).run().assert(3, "prints\n", "");
            }
        }
    });
}

#[test]
fn a_stderr_that_nobody_reads_holds_up_only_the_handler_that_writes_to_it() {
    despite_load(|| {
        for way in TWO_WAYS {
            let (_reader, writer) = full_pipe();
            let ended =
                outputs("as given", way).stderr(writer).env("EXITMACRO_BUDGET", "1500ms").run();
            // The handler that writes to stderr itself takes what it can get of the budget; a tenth
            // is left for the one after it, which prints to stdout.
            ended.assert(3, "prints\n", "");
            assert!(ended.took < UNBOUNDED, "{ended:?}");
        }
    });
}

#[test]
fn a_stdout_that_nobody_reads_holds_up_only_the_handler_that_writes_to_it() {
    for way in TWO_WAYS {
        let (_reader, writer) = full_pipe();
        let ended = outputs("as given", way).stdout(writer).run();
        ended.assert_at_any_line(
            3,
            "",
            &(usual()
                + &told("prints", "timed out after _s and was abandoned: its timeout is _s")
                + NOT_FLUSHED),
        );
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

/// The abandoned handler still holds the lock of stdout.
const NOT_FLUSHED: &str = "exitmacro: stdout was not flushed within _s: no process reads it, or another thread holds its lock\n";

#[test]
fn a_line_that_nobody_can_read_does_not_end_a_program_that_dies_of_sigpipe() {
    scenario!("outputs").arg("deadly broken pipe on stderr").arg("c exit").run().assert(
        3,
        "after the failures\n",
        "",
    );
}
