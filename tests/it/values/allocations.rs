//! How often what programs make in loops allocates.

use crate::support::scenario;

#[test]
fn what_is_made_in_a_loop_allocates_as_often_as_the_documentation_says() {
    let stdout = "\
register and unregister: 0
track: 1
a guard without captures: 3
a guard: 4
on_success: 4
guard_value: 4
";
    scenario!("allocations").run().assert(0, stdout, "");
}
