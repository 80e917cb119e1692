//! What the compiler says about a mistake, word for word, and what it says nothing about. The files
//! are those of `tests/ui`.

use trybuild::TestCases;

exitmacro_testing::isolate!();

const FOLDERS: [&str; 4] = ["at_exit", "main", "config", "cleanup"];

/// One after the other: each builds in the same folder. Mistakes apart from what is accepted, so
/// that all of them are built at once.
#[test]
fn mistakes_are_explained_at_the_smallest_token_and_what_is_accepted_compiles_and_runs() {
    let mistakes = TestCases::new();
    FOLDERS.iter().for_each(|folder| mistakes.compile_fail(format!("ui/{folder}/*.rs")));
    drop(mistakes);
    let accepted = TestCases::new();
    FOLDERS.iter().for_each(|folder| accepted.pass(format!("ui/{folder}/pass/*.rs")));
}
