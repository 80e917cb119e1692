//! Handlers are collected in every kind of build, and in every kind of object.

use crate::build::Build;
use crate::harness::{Scenario, is_whole_matrix};

/// What the fixture `program` prints: each of its handlers, in run order.
const EVERY_HANDLER: &str = "\
main file: exit, Some(7)
one file, module program::right
one file, module program::left
body of `main`
body of a function that is never called
nested module
dependency of the dependency
dependency
exiting thread
";

/// Builds the fixture `program`, runs it, and returns the bytes of its file.
#[track_caller]
fn assert_collects(build: &Build) -> Vec<u8> {
    let program = build.program("program");
    Scenario::of(&program).run().assert(7, EVERY_HANDLER, "");
    std::fs::read(program).expect("the program can be read")
}

#[test]
fn debug_builds_collect_every_handler() {
    assert_collects(&Build::debug());
}

#[test]
fn release_builds_collect_every_handler() {
    assert_collects(&Build::release());
}

#[test]
fn thin_lto_keeps_every_handler() {
    if is_whole_matrix() {
        assert_collects(&Build::release().setting("lto = 'thin'"));
    }
}

#[test]
fn fat_lto_with_one_codegen_unit_keeps_every_handler() {
    assert_collects(&Build::release().setting("lto = 'fat'").setting("codegen-units = 1"));
}

#[test]
fn small_stripped_aborting_programs_keep_every_handler() {
    if is_whole_matrix() {
        let build = Build::release()
            .setting("opt-level = 'z'")
            .setting("lto = 'fat'")
            .setting("strip = true")
            .setting("panic = 'abort'");
        assert_collects(&build);
    }
}

#[test]
fn one_codegen_unit_or_many_make_no_difference() {
    for units in [1, 256] {
        assert_collects(&Build::debug().codegen_units(units));
        assert_collects(&Build::release().codegen_units(units));
    }
}

#[test]
fn a_dependency_that_no_source_names_is_absent_from_the_plan() {
    let ended = Scenario::of(&Build::debug().program("program")).arg("plan").run();
    let planned: Vec<_> =
        ended.lines().into_iter().filter(|line| line.contains("declared")).collect();
    assert!(planned.iter().any(|line| line.contains(" dependency::close ")), "{planned:#?}");
    assert!(!planned.iter().any(|line| line.contains("unmentioned::")), "{planned:#?}");
    assert_eq!(planned.len(), EVERY_HANDLER.lines().count());
}

#[test]
fn programs_with_futures_collect_them() {
    let program = Build::debug().program("futures");
    Scenario::of(&program).run().assert(0, "main\nhandler\n", "");
}

#[test]
fn two_incompatible_versions_run_their_own_handlers() {
    let ended = Scenario::of(&Build::debug().program("two_versions")).run();
    assert_eq!((ended.code(), ended.stderr.as_str()), (9, ""));
    let (this, next): (Vec<_>, Vec<_>) =
        ended.lines().into_iter().partition(|line| line.ends_with("this version"));
    assert_eq!(this, ["registered with this version", "this version"]);
    // Which version goes first is left to the order in which the loader finds the two hooks.
    assert_eq!(next, ["1 and 1 handlers", "registered with the next version", "next version"]);
}

mod test_programs {
    use super::*;

    const PASSED: &str = "\nrunning 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in _s\n\n";

    /// Runs the unit tests of the fixture `tested`, which all print the line of the handler last.
    #[track_caller]
    fn assert_ends(scenario: impl FnOnce(Scenario) -> Scenario, code: i32, output: &str) {
        let program = Scenario::of(&Build::debug().tests("tested"))
            .with(|command| _ = command.args(["--quiet", "--test-threads=1"]));
        let ended = scenario(program).run();
        let stdout = crate::harness::steady(&ended.stdout);
        let handler = format!("handler: exit, Some({code})\n");
        assert_eq!((ended.code(), stdout.strip_suffix(&handler)), (code, Some(output)));
    }

    #[test]
    fn handlers_run_after_tests_that_pass() {
        assert_ends(|tests| tests, 0, PASSED);
    }

    #[test]
    fn handlers_run_after_a_test_that_fails() {
        let program = Build::debug().tests("tested");
        let ended = Scenario::of(&program).env("FAIL", "1").run();
        assert_eq!(ended.code(), 101);
        assert!(ended.stdout.contains("test result: FAILED. 1 passed; 1 failed"), "{ended:?}");
        assert_eq!(ended.lines().last(), Some(&"handler: exit, Some(101)"));
    }

    #[test]
    fn handlers_run_when_no_test_runs() {
        assert_ends(
            |tests| tests.arg("--list"),
            0,
            "tests::fails_when_asked_to: test\ntests::passes: test\n",
        );
        let none = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in _s\n\n";
        assert_ends(|tests| tests.arg("no_such_test"), 0, none);
    }
}

#[cfg(target_os = "linux")]
mod linkers {
    use super::*;

    /// Links with the linker that gcc calls `name`, in debug and release. `mark` is what linkers of
    /// that family leave in a program.
    #[track_caller]
    fn assert_collects_with(name: &str, package: &str, mark: Option<&str>) {
        let linker = format!("ld.{name}");
        if !exitmacro_testing::has_program(&linker) {
            return exitmacro_testing::left_out(
                &format!("`{linker}` is not here"),
                &format!("package `{package}`"),
            );
        }
        for build in [Build::debug(), Build::release()] {
            // Not the linker that comes with the toolchain, which all the other tests use.
            let program = assert_collects(
                &build
                    .final_flag("-Clink-self-contained=-linker")
                    .final_flag(&format!("-Clink-arg=-fuse-ld={name}")),
            );
            let found = MARKS
                .into_iter()
                .find(|mark| program.windows(mark.len()).any(|window| window == mark.as_bytes()));
            assert_eq!(found, mark, "another linker was used");
        }
    }

    /// GNU ld leaves none.
    const MARKS: [&str; 2] = ["LLD ", "mold "];

    #[test]
    fn gnu_ld_collects_every_handler() {
        assert_collects_with("bfd", "binutils", None);
    }

    #[test]
    fn lld_collects_every_handler() {
        assert_collects_with("lld", "lld", Some("LLD "));
    }

    #[test]
    fn mold_collects_every_handler() {
        assert_collects_with("mold", "mold", Some("mold "));
    }

    /// `e_type` of the file: an executable at a fixed address, or one that can be moved.
    fn elf_type(program: &[u8]) -> u16 {
        u16::from_ne_bytes([program[16], program[17]])
    }

    /// Whether the file has a program header `PT_INTERP`, as every dynamic executable has.
    fn asks_for_a_loader(program: &[u8]) -> bool {
        let number = |at: usize, size: usize| {
            program[at..at + size]
                .iter()
                .rev()
                .fold(0, |number, &byte| number << 8 | usize::from(byte))
        };
        let (table, entry, count) = (number(32, 8), number(54, 2), number(56, 2));
        (0..count).any(|index| number(table + index * entry, 4) == libc::PT_INTERP as usize)
    }

    #[test]
    fn programs_at_a_fixed_address_collect_every_handler() {
        for build in [Build::debug(), Build::release()] {
            let program = assert_collects(&build.final_flag("-Crelocation-model=static"));
            assert_eq!(elf_type(&program), libc::ET_EXEC);
        }
    }

    #[test]
    fn position_independent_programs_collect_every_handler() {
        for build in [Build::debug(), Build::release()] {
            let program = assert_collects(&build.final_flag("-Crelocation-model=pie"));
            assert_eq!(elf_type(&program), libc::ET_DYN);
            assert!(asks_for_a_loader(&program), "the program is static");
        }
    }

    #[cfg(target_env = "gnu")]
    #[test]
    fn static_programs_collect_every_handler() {
        for model in ["pie", "static"] {
            let build = Build::release()
                .final_flag("-Ctarget-feature=+crt-static")
                .final_flag(&format!("-Crelocation-model={model}"));
            let program = assert_collects(&build);
            assert!(!asks_for_a_loader(&program), "the program is not static");
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod shared_objects {
    use super::*;

    /// The fixture `plugin`, in a program that does with it what `usage` says.
    fn hosted(host: &str, usage: &str) -> Scenario {
        let plugin = Build::debug().shared_object("plugin");
        Scenario::of(&Build::debug().program(host)).arg(plugin).arg(usage)
    }

    #[test]
    fn a_plugin_runs_its_handlers_when_it_is_closed() {
        let once = "\
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
";
        hosted("host", "close").run().assert(5, once, "");
        // Each load is a new life.
        hosted("host", "close twice").run().assert(5, &once.repeat(2), "");
    }

    #[test]
    fn a_plugin_that_somebody_else_keeps_open_stays_as_it_is() {
        let stdout = "\
plugin: started, 3 handlers
host: closing
host: closed, 0
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
";
        hosted("host", "open twice").run().assert(5, stdout, "");
    }

    #[test]
    fn a_plugin_that_stays_open_runs_its_handlers_at_exit() {
        let stdout = "\
plugin: started, 3 handlers
host: ends
plugin: unload, Some(5), on the host's thread: true
plugin: last
";
        hosted("host", "keep").run().assert(5, stdout, "");
    }

    #[test]
    fn a_plugin_that_a_thread_local_keeps_mapped_runs_its_handlers_at_exit() {
        // glibc unmaps no library of which a thread still has thread-locals to destroy.
        let stdout = "\
plugin: started, 3 handlers
host: closing
host: closed, 0
plugin: thread-local dropped
plugin: unload, Some(5), on the host's thread: true
plugin: last
";
        hosted("host", "close").env("PLUGIN_USES_A_THREAD_LOCAL", "1").run().assert(5, stdout, "");
    }

    #[test]
    fn a_handler_that_panics_or_fails_in_a_plugin_leaves_the_host_alone() {
        let stderr = "
thread '<unnamed>' (_) panicked at plugin/src/lib.rs:_:
the plugin panics
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
exitmacro: handler `plugin::panics_when_asked_to` (plugin/src/lib.rs:44) panicked after _s: the plugin panics
exitmacro: handler `plugin::last` (plugin/src/lib.rs:49) failed after _s: the plugin fails
";
        for (usage, closed) in [("close", "host: closed, 0\n"), ("keep", "")] {
            let ended =
                hosted("host", usage).env("PLUGIN_PANICS", "1").env("PLUGIN_FAILS", "1").run();
            assert!(ended.stdout.ends_with(&format!("plugin: last\n{closed}")), "{ended:?}");
            ended.assert(5, &ended.stdout, stderr);
        }
    }

    #[test]
    fn a_plugin_and_a_program_run_their_own_handlers() {
        let closed = "\
host: 1 handlers
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
host: exit, Some(5)
";
        hosted("host_with_handlers", "close").run().assert(5, closed, "");
        let kept = "\
host: 1 handlers
plugin: started, 3 handlers
host: ends
plugin: unload, Some(5), on the host's thread: true
plugin: last
host: exit, Some(5)
";
        hosted("host_with_handlers", "keep").run().assert(5, kept, "");
    }
}

#[cfg(target_os = "linux")]
mod static_libraries {
    use super::*;
    use std::process::Command;

    const EVERY_HANDLER: &str =
        "library: 3 handlers\nlibrary\ndependency of the dependency\ndependency\n";

    /// Links the fixture `static_library` into a C program, as a C programmer does.
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
    fn a_static_library_loses_the_handlers_that_nothing_calls_into() {
        // A linker takes only those members of an archive that define a name it is looking for, and
        // no object looks for a handler. Others of the library may happen to lie in one member with
        // a function that is called; this one is alone in its crate, and so is its fate.
        for build in [Build::debug(), Build::release()] {
            let ended = linked_into_c(&build, ["-Wl,--as-needed", "-Wl,--no-as-needed"]).run();
            assert_eq!((ended.code(), ended.stderr.as_str()), (6, ""));
            assert!(
                ended.stdout.starts_with("library: ") && !ended.lines().contains(&"dependency"),
                "{ended:?}"
            );
        }
    }
}
