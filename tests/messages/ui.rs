//! What the compiler says about a mistake, word for word, and what it says nothing about. The files are those of `tests/ui`.

use trybuild::TestCases;

exitmacro_testing::isolate!();

/// One after the other: each builds in the same folder.
#[test]
fn mistakes_are_explained_at_the_smallest_token_and_what_is_accepted_compiles_and_runs() {
    let cases = TestCases::new();
    for folder in ["at_exit", "main", "config", "cleanup"] {
        cases.compile_fail(format!("ui/{folder}/*.rs"));
        cases.pass(format!("ui/{folder}/pass/*.rs"));
    }
}
