//! What others tear down at the end of a process is still there when the handlers run: OpenSSL, C++
//! static objects, C libraries that close themselves by `atexit`.

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

/// The ways out whose handlers run before all else: the arguments, the status, and the reason that
/// handlers see.
const WAYS: [(&[&str], i32, &str); 6] = [
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
fn static_objects_and_c_libraries_are_there_when_handlers_run() {
    let Some(program) = foreign() else { return };
    for (arguments, code, reason) in WAYS {
        assert_each_time(
            &program,
            arguments,
            code,
            &format!("{reason}: the C library is open, the C++ objects are alive\n"),
        );
    }
}

#[test]
fn without_arm_a_bare_exit_tears_them_down_first() {
    let Some(program) = foreign() else { return };
    for way in ["std exit", "std exit on a thread"] {
        with(&program, &[way]).run().assert(
            5,
            "exit: the C library is closed, the C++ objects are dead\n",
            "",
        );
    }
}

/// Its handlers shake hands while threads do so too, and then stop these threads. They have to:
/// OpenSSL's own `atexit` function frees what threads are using, and a program without any handlers
/// crashes by that.
#[test]
fn openssl_works_when_handlers_run() {
    let Some(program) = foreign_tls() else { return };
    for (arguments, code, _) in WAYS {
        assert_each_time(
            &program,
            arguments,
            code,
            "handshakes at exit: worked\nfailed handshakes so far: 0\n",
        );
    }
}

#[test]
fn threads_may_go_on_with_an_openssl_that_does_not_tear_itself_down() {
    let Some(program) = foreign_tls() else { return };
    for (arguments, code, _) in [WAYS[2], WAYS[3]] {
        assert_each_time(
            &program,
            &[arguments, &["stays"]].concat(),
            code,
            "handshakes at exit: worked\nfailed handshakes so far: 0\n",
        );
    }
}

#[test]
fn without_arm_a_bare_exit_leaves_handlers_no_openssl() {
    let Some(program) = foreign_tls() else { return };
    // Without threads at work, which may crash then.
    with(&program, &["std exit", "alone"]).run().assert(
        5,
        "handshakes at exit: failed\nfailed handshakes so far: 0\n",
        "",
    );
}
