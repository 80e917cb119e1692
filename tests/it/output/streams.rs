//! What is printed, and what happens where nothing can be printed.

use crate::support::{
    Ended, NOT_FLUSHED, Scenario, TIMED_OUT, code_without_libc, despite_load, full_pipe,
    handler_line, panics_abort, scenario,
};
use std::fs::File;
use std::io::pipe;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

fn outputs(state: &str, exit_path: &str) -> Scenario {
    scenario!("outputs").arg(state).arg(exit_path)
}

fn line(name: &str, what: &str) -> String {
    handler_line(name, "outputs", what)
}

const EXIT_PATHS: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];

/// For tests that take seconds each time.
const TWO_EXIT_PATHS: [&str; 2] = ["std exit", "exitmacro exit"];

/// Ended before the shortest waiting time of the run, which is a second.
#[track_caller]
fn assert_quick(ended: &Ended) {
    assert!(ended.took < Duration::from_millis(900), "{ended:?}");
}

/// The default timeout of a handler.
const UNBOUNDED: Duration = Duration::from_secs(10);

#[test]
fn what_main_printed_without_a_line_end_is_not_lost() {
    for exit_path in EXIT_PATHS {
        outputs("unflushed", exit_path).run().assert(3, "buffered", "");
    }
}

#[test]
fn main_may_hold_the_lock_of_stdout_when_nothing_else_prints() {
    despite_load(|| {
        for exit_path in EXIT_PATHS {
            let ended = outputs("locked by main", exit_path).run();
            ended.assert(3, "buffered", "");
            assert_quick(&ended);
        }
    });
}

#[test]
fn handlers_that_print_while_main_holds_the_lock_of_stdout_time_out() {
    let stderr = ["prints too", "prints"].map(|name| line(name, TIMED_OUT)).concat();
    for exit_path in EXIT_PATHS {
        let ended = outputs("locked by main, handlers print", exit_path).run();
        ended.assert_at_any_line(3, "buffered", &stderr);
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

#[test]
fn a_thread_that_keeps_the_lock_of_stdout_delays_the_end_by_a_second() {
    for exit_path in TWO_EXIT_PATHS {
        let ended = outputs("locked by a thread", exit_path).run();
        ended.assert(code_without_libc(exit_path, 3), "", NOT_FLUSHED);
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

/// What stderr holds when handlers print and fail without hindrance.
fn usual() -> String {
    let fails = "failed after _s: no luck";
    format!("{}{}to stderr\n", line("fails too", fails), line("fails", fails))
}

#[test]
fn output_goes_to_its_stream() {
    for exit_path in EXIT_PATHS {
        outputs("as given", exit_path).run().assert_at_any_line(3, "prints\n", &usual());
    }
}

#[test]
fn streams_that_were_closed_before_the_start_do_no_harm() {
    despite_load(|| {
        for exit_path in EXIT_PATHS {
            let close = || {
                for descriptor in 0..=2 {
                    // SAFETY: the child has its own copies, and uses none of them before `exec`.
                    unsafe { libc::close(descriptor) };
                }
                Ok(())
            };
            // SAFETY: `close` is async-signal-safe.
            let before_exec = |command: &mut Command| _ = unsafe { command.pre_exec(close) };
            let ended = outputs("as given", exit_path).with(before_exec).run();
            ended.assert(3, "", "");
            assert_quick(&ended);
        }
    });
}

#[test]
fn handlers_may_close_the_streams() {
    for exit_path in EXIT_PATHS {
        outputs("closed by a handler", exit_path).run().assert(3, "", "");
    }
}

#[test]
fn a_stdout_without_a_reader_fails_the_handler_that_prints() {
    if panics_abort() {
        return;
    }
    let stderr = usual()
        + &line(
            "prints",
            "panicked after _s: failed printing to stdout: Broken pipe (os error 32)",
        );
    for exit_path in EXIT_PATHS {
        let (_, writer) = pipe().expect("a pipe opens");
        let ended = outputs("as given", exit_path).stdout(writer).run();
        ended.assert_at_any_line(3, "", &stderr);
    }
}

#[test]
fn a_full_disk_fails_the_handler_that_prints() {
    if panics_abort() || !cfg!(target_os = "linux") {
        return;
    }
    let stderr = usual()
        + &line(
            "prints",
            "panicked after _s: failed printing to stdout: No space left on device (os error 28)",
        );
    for exit_path in EXIT_PATHS {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let ended = outputs("as given", exit_path).stdout(full).run();
        ended.assert_at_any_line(3, "", &stderr);
    }
}

#[test]
fn a_stderr_that_cannot_be_written_does_no_harm() {
    despite_load(|| {
        for exit_path in EXIT_PATHS {
            let (_, writer) = pipe().expect("a pipe opens");
            let ended = outputs("as given", exit_path).stderr(writer).run();
            ended.assert(3, "prints\n", "");
            assert_quick(&ended);
            if cfg!(target_os = "linux") {
                let full = File::options().write(true).open("/dev/full").expect("Linux has it");
                outputs("as given", exit_path).stderr(full).run().assert(3, "prints\n", "");
            }
        }
    });
}

#[test]
fn a_stderr_that_is_not_read_delays_only_the_handler_that_writes_to_it() {
    despite_load(|| {
        for exit_path in TWO_EXIT_PATHS {
            let (_reader, writer) = full_pipe();
            let ended = outputs("as given", exit_path)
                .stderr(writer)
                .env("EXITMACRO_BUDGET", "1500ms")
                .run();
            // The handler that writes to stderr uses up its share of the budget. A tenth is left
            // for the next handler, which prints to stdout.
            ended.assert(3, "prints\n", "");
            assert!(ended.took < UNBOUNDED, "{ended:?}");
        }
    });
}

#[test]
fn a_stdout_that_is_not_read_delays_only_the_handler_that_writes_to_it() {
    for exit_path in TWO_EXIT_PATHS {
        let (_reader, writer) = full_pipe();
        let ended = outputs("as given", exit_path).stdout(writer).run();
        // The abandoned handler still holds the lock of stdout.
        let stderr = usual() + &line("prints", TIMED_OUT) + NOT_FLUSHED;
        ended.assert_at_any_line(code_without_libc(exit_path, 3), "", &stderr);
        assert!(ended.took < UNBOUNDED, "{ended:?}");
    }
}

#[test]
fn a_line_without_a_reader_does_not_end_a_program_that_dies_of_sigpipe() {
    scenario!("outputs").arg("deadly broken pipe on stderr").arg("c exit").run().assert(
        3,
        "after the failures\n",
        "",
    );
}
