//! The expansion is silent under every lint that a user may forbid.

use crate::build::SingleFile;

const EDITIONS: [&str; 4] = ["2015", "2018", "2021", "2024"];

fn as_library(file: SingleFile, edition: &str) -> SingleFile {
    let file = file.naming_exitmacro("exitmacro").arg("--crate-type=lib").arg("--check-cfg=cfg(edition_2015)");
    if edition == "2015" { file.arg("--cfg=edition_2015") } else { file }
}

fn rustc(source: &str, edition: &str) -> String {
    as_library(SingleFile::new(source, edition), edition).check()
}

fn clippy(source: &str, edition: &str) -> String {
    let mut file = as_library(SingleFile::checked_by_clippy(source, edition), edition);
    for lint in ["all", "pedantic", "nursery"].iter().chain(&RESTRICTIONS) {
        file = file.arg(&format!("-Dclippy::{lint}"));
    }
    // The functions of the fixture have nothing in them, so they could be `const`.
    file.arg("-Aclippy::missing_const_for_fn").check()
}

/// Those of clippy's optional lints that look at code of the kind that the macro writes.
const RESTRICTIONS: [&str; 12] = [
    "absolute_paths",
    "allow_attributes",
    "allow_attributes_without_reason",
    "as_conversions",
    "default_numeric_fallback",
    "expect_used",
    "indexing_slicing",
    "items_after_statements",
    "shadow_unrelated",
    "std_instead_of_core",
    "undocumented_unsafe_blocks",
    "unwrap_used",
];

#[test]
fn nothing_is_said_under_forbidden_lints_in_any_edition() {
    for edition in EDITIONS {
        assert_eq!(rustc("lints/handlers.rs", edition), "", "edition {edition}");
    }
}

#[test]
fn nothing_is_said_by_clippy_in_any_edition() {
    for edition in EDITIONS {
        assert_eq!(clippy("lints/handlers.rs", edition), "", "edition {edition}");
    }
}

#[test]
fn a_handler_is_not_exempt_from_lints() {
    let said = rustc("lints/trips_rustc.rs", "2024");
    assert!(said.contains("unused variable: `unused`"), "{said}");
    let said = clippy("lints/trips_clippy.rs", "2024");
    assert!(said.contains("clippy::cast-possible-truncation"), "{said}");
}
