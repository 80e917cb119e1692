//! A panic that aborts: the handlers run, and the process still dies of SIGABRT.

mod aborting_program;
mod own_handler;
mod unwinding_program;

use crate::support::{Build, Ended, Scenario, TIMED_OUT};
use std::path::PathBuf;

/// How the program is built.
#[derive(Clone, Copy)]
enum Panic {
    Aborts,
    Unwinds,
}
use Panic::{Aborts, Unwinds};

/// The code of a process that died of SIGABRT.
const SIGABRT: i32 = -libc::SIGABRT;

fn program(name: &str, panic: Panic) -> Scenario {
    // In release, because human-panic is active only there.
    let build = match panic {
        Aborts => Build::release().setting("panic = 'abort'").feature("hooks"),
        Unwinds => Build::release(),
    };
    let program: PathBuf = build.program("aborts");
    Scenario::of(&program.with_file_name(name))
}

fn run(name: &str, panic: Panic, exit_path: &str, inside: &str) -> Ended {
    program(name, panic).arg(exit_path).arg(inside).run()
}

/// What the handlers print for this reason and status.
fn handlers(end: &str) -> String {
    format!("first: {end}\nmiddle\nlast\n")
}

/// The line of the handler that misbehaved.
fn middle(what: &str) -> String {
    format!("exitmacro: handler `middle` (aborts/src/body.rs:_) {what}\n")
}

/// The line of the handler that panicked after its timeout.
fn abandoned() -> String {
    middle(TIMED_OUT)
}

/// Compares. Each text of `expected` must be in stderr once.
#[track_caller]
fn assert_leaves(ended: &Ended, code: i32, stdout: &str, expected: &[&str]) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, stdout), "{ended:#?}");
    let stderr = crate::support::without_line_numbers(&crate::support::normalized(&ended.stderr));
    for text in expected {
        assert_eq!(stderr.matches(text).count(), 1, "{text:?} in {ended:#?}");
    }
    let ours = expected.iter().filter(|text| text.starts_with("exitmacro: ")).count();
    assert_eq!(stderr.matches("exitmacro: ").count(), ours, "{ended:#?}");
}
