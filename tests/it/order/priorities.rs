//! Priorities decide. Between equals, the rule does not depend on the linker.

use crate::support::scenario;

#[test]
fn higher_priority_runs_first_whatever_its_value() {
    let order = "\
registered greatest
greatest
almost greatest
terminal
intake
work
resources
above files
files
above zero
named default
below zero
telemetry
almost least
registered least
least
";
    scenario!("order_of_priorities").run().assert(0, order, "");
}

#[test]
fn among_equal_priorities_registered_handlers_and_later_lines_run_first() {
    let order = "\
1
\"text\"
registered: third
registered: second
registered: first
declared: in `main`
declared: in a generic function
declared: order_of_equals::made_b
declared: order_of_equals::made_a
declared: a_second_of_a_macro
declared: z_first_of_a_macro
declared: right
declared: left
declared: behind the inner module
declared: in the inner module
declared: before the inner module
declared: at the top
";
    scenario!("order_of_equals").run().assert(0, order, "");
}

#[test]
fn files_and_crates_have_a_fixed_order() {
    // Crates, then files, then lines, then modules: the last in the alphabet runs first. Priority
    // takes precedence over all of that.
    let order = "\
planned: exitmacro_tests_linked::linked_above_the_default
planned: order_of_files::right::second
planned: order_of_files::left::second
planned: order_of_files::right::first
planned: order_of_files::left::first
planned: order_of_files::close
planned: order_of_files::b_file::close
planned: order_of_files::a_file::close
planned: exitmacro_tests_linked::linked_with_the_default
linked: above the default
order_of_files::right, second
order_of_files::left, second
order_of_files::right, first
order_of_files::left, first
order_of_files
order_of_files::b_file
order_of_files::a_file
linked: default
";
    scenario!("order_of_files").run().assert(0, order, "");
}
