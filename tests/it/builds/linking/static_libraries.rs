//! Static libraries in a C program.

use crate::support::{Build, Scenario};
use std::process::Command;

const EVERY_HANDLER: &str =
    "library: 3 handlers\nlibrary\ndependency of the dependency\ndependency\n";

/// Links the fixture `static_library` into a C program.
#[track_caller]
fn linked_into_c(build: &Build, around: [&str; 2]) -> Scenario {
    let library = build.static_library("static_library");
    let program = library.with_file_name(format!("c_program{}", around[0].replace("-Wl,", "")));
    let mut cc = Command::new("cc");
    cc.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/static_library/main.c"));
    cc.args(around.first())
        .arg(&library)
        .args(around.last())
        .args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-o"])
        .arg(&program);
    let output = exitmacro_testing::output(&mut cc);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Scenario::of(&program)
}

#[test]
fn a_static_library_that_is_linked_whole_keeps_every_handler() {
    for build in [Build::debug(), Build::release()] {
        linked_into_c(&build, ["-Wl,--whole-archive", "-Wl,--no-whole-archive"]).run().assert(
            6,
            EVERY_HANDLER,
            "",
        );
    }
}

#[test]
fn a_static_library_in_one_piece_keeps_every_handler() {
    let one_piece = Build::release().setting("lto = 'fat'").setting("codegen-units = 1");
    linked_into_c(&one_piece, ["-Wl,--as-needed", "-Wl,--no-as-needed"]).run().assert(
        6,
        EVERY_HANDLER,
        "",
    );
}

#[test]
fn a_static_library_loses_the_handlers_of_objects_that_the_linker_leaves_out() {
    // A linker takes only those members of an archive that define a name that it looks for, and no
    // object looks for a handler. A handler may be linked because it is in one member with a
    // function that is called. This handler is alone in its crate.
    for build in [Build::debug(), Build::release()] {
        let ended = linked_into_c(&build, ["-Wl,--as-needed", "-Wl,--no-as-needed"]).run();
        assert_eq!((ended.code(), ended.stderr.as_str()), (6, ""));
        assert!(
            ended.stdout.starts_with("library: ") && !ended.lines().contains(&"dependency"),
            "{ended:?}"
        );
    }
}
