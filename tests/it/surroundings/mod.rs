//! Programs that tests start have the same surroundings, whether the tests run in the background,
//! under `nohup`, a CI runner or a service manager.

#[cfg(target_os = "linux")]
mod inherited;

use crate::support::Scenario;
use std::env;
use std::process::Command;

/// Reports a missing tool, when the test below asks for it.
#[test]
fn leaves_something_out() {
    if env::var_os("EXITMACRO_TESTS_LACKING").is_some() {
        exitmacro_testing::left_out("`tool` is not here", "package `tools`");
    }
}

#[test]
fn a_test_that_lacks_a_tool_says_so_and_passes_unless_all_are_needed() {
    let line = "left out: surroundings::leaves_something_out: `tool` is not here; package `tools`";
    let run = |needs_all: bool| {
        let mut tests = Command::new(env::current_exe().expect("it has a path"));
        tests
            .args(["--exact", "surroundings::leaves_something_out"])
            .env("EXITMACRO_TESTS_LACKING", "")
            .env_remove("EXITMACRO_TESTS_NEED_ALL");
        if needs_all {
            tests.env("EXITMACRO_TESTS_NEED_ALL", "1");
        }
        exitmacro_testing::output(&mut tests)
    };
    let passed = run(false);
    assert!(
        passed.status.success() && passed.stderr == format!("{line}\n").as_bytes(),
        "{passed:?}"
    );
    let failed = run(true);
    assert!(
        failed.status.code() == Some(101) && String::from_utf8_lossy(&failed.stdout).contains(line),
        "{failed:?}"
    );
}

#[test]
fn a_program_that_is_still_open_for_writing_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = folder.path().join("sh");
    std::fs::copy("/bin/sh", &program).expect("it can be copied");
    // As in the child of another test, until that child executes its program.
    let open = std::fs::File::options().append(true).open(&program).expect("it can be opened");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            drop(open);
        });
        Scenario::of(&program).arg("-c").arg("exit 4").run().assert(4, "", "");
    });
}
