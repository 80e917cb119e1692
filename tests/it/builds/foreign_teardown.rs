//! OpenSSL, C++ static objects, and C libraries that use `atexit` are still alive when the handlers
//! run.

use crate::support::{Build, Scenario, rounds};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// The fixture with C++ objects and a C library. `None` on a machine without a C++ compiler.
fn foreign() -> Option<PathBuf> {
    if !exitmacro_testing::has_program("c++") {
        exitmacro_testing::left_out("there is no C++ compiler", "package `g++`");
        return None;
    }
    Some(Build::debug().program("foreign"))
}

/// The fixture with OpenSSL. `None` on a machine without the headers.
fn foreign_tls() -> Option<PathBuf> {
    let mut probe = Command::new("cc");
    probe.args(["-fsyntax-only", "-include", "openssl/ssl.h", "-x", "c", "/dev/null"]);
    if !exitmacro_testing::output(&mut probe).status.success() {
        exitmacro_testing::left_out("there are no headers of OpenSSL 3", "package `libssl-dev`");
        return None;
    }
    Some(Build::debug().program("foreign_tls"))
}

/// The exit paths on which handlers run before all other teardown: the arguments, the status, and
/// the reason of the run.
const EXIT_PATHS: [(&[&str], i32, &str); 6] = [
    (&["return"], 5, "return"),
    (&["exitmacro exit"], 5, "exit"),
    (&["exitmacro exit on a thread"], 5, "exit"),
    (&["signal"], 143, "SIGTERM"),
    (&["std exit", "armed"], 5, "exit"),
    (&["std exit on a thread", "armed"], 5, "exit"),
];

fn with(program: &Path, arguments: &[&str]) -> Scenario {
    Scenario::of(program).args(arguments)
}

/// Runs the program many times, a few at once, and compares what each leaves behind.
#[track_caller]
fn assert_each_time(program: &Path, arguments: &[&str], code: i32, stdout: &str) {
    const AT_ONCE: usize = 4;
    let runs = rounds(200);
    let begun = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while begun.fetch_add(1, Ordering::Relaxed) < runs {
                    with(program, arguments).run().assert(code, stdout, "");
                }
            });
        }
    });
}

#[test]
fn static_objects_and_c_libraries_are_alive_when_handlers_run() {
    let Some(program) = foreign() else { return };
    for (arguments, code, reason) in EXIT_PATHS {
        assert_each_time(
            &program,
            arguments,
            code,
            &format!("{reason}: the C library is open, the C++ objects are alive\n"),
        );
    }
}

#[test]
fn without_arm_a_bare_exit_tears_objects_down_before_the_handlers() {
    let Some(program) = foreign() else { return };
    for exit_path in ["std exit", "std exit on a thread"] {
        with(&program, &[exit_path]).run().assert(
            5,
            "exit: the C library is closed, the C++ objects are dead\n",
            "",
        );
    }
}

/// The handlers do handshakes while threads do some too, and then stop these threads. They must:
/// OpenSSL's own `atexit` function frees what threads use, and without that the program crashes
/// even if it has no handlers.
#[test]
fn openssl_works_when_handlers_run() {
    let Some(program) = foreign_tls() else { return };
    for (arguments, code, _) in EXIT_PATHS {
        assert_each_time(
            &program,
            arguments,
            code,
            "handshakes at exit: worked\nfailed handshakes so far: 0\n",
        );
    }
}

#[test]
fn threads_may_continue_with_an_openssl_that_is_not_torn_down() {
    let Some(program) = foreign_tls() else { return };
    for (arguments, code, _) in [EXIT_PATHS[2], EXIT_PATHS[3]] {
        assert_each_time(
            &program,
            &[arguments, &["stays"]].concat(),
            code,
            "handshakes at exit: worked\nfailed handshakes so far: 0\n",
        );
    }
}

#[test]
fn without_arm_a_bare_exit_tears_openssl_down_before_the_handlers() {
    let Some(program) = foreign_tls() else { return };
    // Without other threads, which may crash at that point.
    with(&program, &["std exit", "alone"]).run().assert(
        5,
        "handshakes at exit: failed\nfailed handshakes so far: 0\n",
        "",
    );
}
