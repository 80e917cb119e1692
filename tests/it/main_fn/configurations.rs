//! Two configurations in one program, and those of test programs.

use crate::support::{Build, Ended, Scenario, SingleFile, scenario};

/// `first` and `second` are the locations of the configurations.
#[track_caller]
fn assert_refused(ended: &Ended, first: &str, second: &str) {
    ended.assert(
        1,
        "",
        &format!(
            "exitmacro: the end of this program is configured twice, \
             at {first} and at {second}: keep one\n"
        ),
    );
}

#[test]
fn two_configurations_of_one_crate_keep_it_from_starting() {
    let program = SingleFile::new("main_fn/configured_twice.rs", "2024")
        .naming_exitmacro("exitmacro")
        .program();
    assert_refused(
        &Scenario::of(&program).run(),
        "main_fn/configured_twice.rs:3",
        "main_fn/configured_twice.rs:11",
    );
}

#[test]
fn two_configurations_of_a_program_and_a_library_keep_it_from_starting() {
    let library = SingleFile::new("main_fn/configured_library.rs", "2024")
        .naming_exitmacro("exitmacro")
        .library();
    let program = SingleFile::new("main_fn/user_of_configured_library.rs", "2024")
        .naming_exitmacro("exitmacro");
    let ended = Scenario::of(&program.naming("configured_library", &library).program()).run();
    assert_refused(
        &ended,
        "main_fn/configured_library.rs:3",
        "main_fn/user_of_configured_library.rs:12",
    );
}

#[test]
fn a_configuration_that_comes_after_the_entry_at_load_is_applied() {
    let ended = scenario!("late_configuration").run();
    assert_eq!((ended.code(), ended.stdout.as_str()), (7, "configured\n"), "{ended:?}");
    let ended = scenario!("late_configuration").arg("twice").run();
    let refusal = "exitmacro: the end of this program is configured twice, \
                   at src/first.rs:1 and at src/second.rs:2: keep one\n";
    ended.assert(1, "configured\n", refusal);
}

#[test]
fn test_programs_have_a_configuration_of_their_own() {
    let program = Build::debug().tests("configured");
    let ended = Scenario::of(&program).args(["--quiet", "--test-threads=1"]).run();
    assert!(ended.stdout.ends_with("\nthe handler fails, Some(0)\n"), "{ended:?}");
    assert!(ended.stdout.contains("test result: ok. 2 passed"), "{ended:?}");
    // This is the configuration of the tests, which passed.
    assert_eq!(ended.code(), 4, "{ended:?}");
}

#[test]
fn test_programs_without_libtest_have_the_configuration_of_their_main() {
    let program = SingleFile::new("main_fn/own_harness.rs", "2024")
        .naming_exitmacro("exitmacro")
        .arg("--cfg=test")
        .program();
    let failed = "exitmacro: handler `own_harness::fails` (main_fn/own_harness.rs:_) failed \
                  after _s: no luck\n";
    Scenario::of(&program).run().assert_at_any_line(5, "timeout: 3s\nreturn, Some(0)\n", failed);
}

#[test]
fn test_programs_leave_the_program_that_they_test_as_it_is() {
    let ended = Scenario::of(&Build::debug().program("configured")).run();
    ended.assert_at_any_line(
        5,
        "timeout: 3s\nthe handler fails, Some(0)\n",
        "exitmacro: handler `configured::fails` (configured/src/main.rs:_) failed \
         after _s: no luck\n",
    );
}
