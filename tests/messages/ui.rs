//! The compiler's messages for mistakes, literally, and code for which it has none. The files are
//! those of `tests/ui`.

use trybuild::TestCases;

exitmacro_testing::isolate!();

const FOLDERS: [&str; 5] = ["at_exit", "main", "config", "cleanup", "guards"];

/// One after another, because each builds in the same folder. Mistakes are apart from accepted
/// code, so that each group is built at once.
#[test]
fn mistakes_are_explained_at_the_smallest_token_and_what_is_accepted_compiles_and_runs() {
    let mistakes = TestCases::new();
    FOLDERS.iter().for_each(|folder| mistakes.compile_fail(format!("ui/{folder}/*.rs")));
    drop(mistakes);
    let accepted = TestCases::new();
    FOLDERS.iter().for_each(|folder| accepted.pass(format!("ui/{folder}/pass/*.rs")));
}
