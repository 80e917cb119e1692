//! Derived types are closed field by field, or by their method, and declare their order among the
//! handlers.

use crate::support::{Ended, TIMED_OUT, handler_line, panics_abort, scenario};
use std::time::Duration;

fn derived(what: &str) -> Ended {
    scenario!("derived").arg(what).run()
}

/// The line for a value whose closing failed.
fn failed(type_name: &str, errors: &str) -> String {
    handler_line(&format!("derived::{type_name}"), "derived", &format!("failed after _s: {errors}"))
}

/// Lines for parts that were closed at exit, in this order, and the handler of lowest priority.
fn closed(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|part| format!("{part} closed on exitmacro\n"))
        .chain(["late\n".to_owned()])
        .collect()
}

#[test]
fn fields_are_closed_in_declaration_order() {
    derived("struct").assert(
        3,
        &closed(&["first", "type", "many 0", "many 1", "shared", "last"]),
        "",
    );
}

#[test]
fn all_fields_are_tried_and_the_errors_name_theirs() {
    let parts = ["failing first", "type", "failing 0", "failing 1", "shared", "last"];
    let errors = "`z_first`: no luck with failing first; `many`: no luck with failing 0; \
                  no luck with failing 1";
    derived("failing struct").assert_at_any_line(3, &closed(&parts), &failed("Server", errors));
}

#[test]
fn a_field_that_panics_does_not_stop_the_others() {
    if panics_abort() {
        return; // Nothing catches it: the handler's thread stops.
    }
    let parts = ["panicking", "type", "failing 0", "bomb", "shared", "last"];
    let errors = "`z_first`: panicked: panic with panicking; `many`: no luck with failing 0; \
                  panicked: the payload of the panic is not a string";
    derived("panicking struct").assert_at_any_line(3, &closed(&parts), &failed("Server", errors));
}

#[test]
fn a_field_that_calls_exit_does_not_stop_the_others() {
    if panics_abort() {
        return; // Nothing unwinds: the handler's thread stops.
    }
    let stderr = "exitmacro: a value of several parts was not closed, \
                  while one of them called `exit`: `z_first`: no luck with failing first\n";
    derived("exiting struct").assert(
        7,
        &closed(&["failing first", "type", "exiting", "1", "shared", "last"]),
        stderr,
    );
}

#[test]
fn all_items_of_a_collection_are_closed_whatever_panics() {
    if panics_abort() {
        return; // The first panic ends the process.
    }
    let all = "failing closed on main\npanicking closed on main\nbomb closed on main\n\
               last closed on main\n";
    let error = "no luck with failing; panicked: panic with panicking; panicked: \
                 the payload of the panic is not a string\n";
    let map = "panicking closed on main\npanicked: panic with panicking\n";
    derived("collections").assert(3, &((all.to_owned() + error).repeat(5) + map + "late\n"), "");
}

#[test]
fn fields_of_tuple_structs_are_named_by_their_number() {
    derived("tuple").assert_at_any_line(
        3,
        &closed(&["0", "failing 2"]),
        &failed("Pair", "`2`: no luck with failing 2"),
    );
}

#[test]
fn a_type_without_fields_has_nothing_to_close() {
    derived("unit").assert(3, "late\n", "");
}

#[test]
fn the_present_variant_of_an_enum_is_closed() {
    let errors = ["`2`: no luck with failing 2", "`second`: no luck with failing second"]
        .map(|error| failed("Resource", error))
        .concat();
    derived("enum").assert_at_any_line(
        3,
        &closed(&["one", "0", "failing 2", "failing second", "first"]),
        &errors,
    );
}

#[test]
fn a_generic_type_closes_what_its_parameters_bring() {
    let stdout = closed(&["0", "failing 1", "inner 0", "failing inner 1"])
        .replace("inner 0 ", "counter closed, with 0\ninner 0 ");
    let errors = "`held`: no luck with failing 1; `next`: `held`: no luck with failing inner 1";
    derived("generic").assert_at_any_line(
        3,
        &stdout,
        &failed("", errors).replace("derived::`", "the generic one`"),
    );
}

#[test]
fn a_generic_type_closes_another_one_of_its_name() {
    derived("namesakes").assert_at_any_line(3, &closed(&["item", "wrapped"]), "");
}

#[test]
fn a_method_closes_the_value_in_place_of_its_fields() {
    derived("with").assert(3, "whole closed in place of its part\nlate\n", "");
}

#[test]
fn close_returns_the_errors_of_all_fields() {
    let stdout = "\
failing 0 closed on main
failing 2 closed on main
`0`: no luck with failing 0; `2`: no luck with failing 2
fine
known text left out 1
late
";
    derived("close").assert(3, stdout, "");
}

#[test]
fn a_type_declares_its_priority_its_timeout_and_its_name() {
    let stdout = "\
derived::Early 102 10s tracked
the pool 101 90s tracked
derived::plan::{{closure}} 0 10s registered
derived::Whole 0 10s tracked
derived::late -1 10s declared
early closed on exitmacro
the pool closed
registered
whole closed in place of part
late
";
    derived("plan").assert(3, stdout, "");
}

#[test]
fn a_method_that_hangs_is_abandoned_after_the_timeout_of_its_type() {
    let stdout = "early closed on exitmacro\nstuck\nlow closed on exitmacro\nlate\n";
    let stderr = &handler_line("the stuck one", "derived", TIMED_OUT);
    let ended = derived("stuck");
    ended.assert_at_any_line(3, stdout, stderr);
    // Not after the default timeout of ten seconds.
    assert!(
        (Duration::from_millis(200)..Duration::from_secs(8)).contains(&ended.took),
        "{ended:?}"
    );
}

#[test]
fn a_forked_child_discards_the_same_fields_or_by_the_method_of_the_type() {
    let child = "\
first discarded
type discarded
many 0 discarded
many 1 discarded
shared discarded
last discarded
own discard in place of own
one discarded
the child ends
";
    let parent = closed(&["one", "own", "first", "type", "many 0", "many 1", "shared", "last"]);
    let parent = parent.replacen("own closed", "whole closed in place of its part\nown closed", 1);
    derived("fork").assert(3, &format!("{child}{parent}"), "");
}
