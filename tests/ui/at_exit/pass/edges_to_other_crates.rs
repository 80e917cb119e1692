use exitmacro::at_exit;

use exitmacro_tests_linked as linked;
use linked::linked_above_the_default as above;

// A name that this crate hands on, as every other.
pub use linked::linked_with_the_default;

mod renamed {
    pub use exitmacro_tests_linked as other;
    pub use super::linked_with_the_default as below;
}

#[at_exit(after(
    exitmacro_tests_linked::linked_above_the_default,
    ::exitmacro_tests_linked::linked_above_the_default
))]
fn by_crate() {}

#[at_exit(
    after(above, linked::linked_above_the_default),
    before(linked_with_the_default, renamed::below, renamed::other::linked_by_another_name)
)]
fn by_other_names() {}

linked::between_linked_handlers!(by_a_macro, "between");

fn main() {
    let handlers = exitmacro::plan().handlers().len();
    assert_eq!(handlers, 5);
    linked_with_the_default();
}
