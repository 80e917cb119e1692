//! What the compiler says about a mistake, word for word, and what it says nothing about.

use trybuild::TestCases;

#[test]
fn mistakes_are_explained_at_the_smallest_token() {
    TestCases::new().compile_fail("ui/at_exit/*.rs");
}

#[test]
fn accepted_handlers_compile_and_run() {
    TestCases::new().pass("ui/at_exit/pass/*.rs");
}
