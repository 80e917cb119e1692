//! Profiles, LTO, codegen units, and several crates in one program.

use super::{EVERY_HANDLER, assert_collects};
use crate::support::{Build, Scenario, is_whole_matrix};

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
    // The order of the two versions depends on the order in which the loader finds the two hooks.
    assert_eq!(next, ["1 and 1 handlers", "registered with the next version", "next version"]);
}
