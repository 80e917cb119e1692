//! The expansion is silent under every lint that a user may forbid.

use crate::support::SingleFile;

const EDITIONS: [&str; 4] = ["2015", "2018", "2021", "2024"];

/// The editions that have `async`.
const EDITIONS_OF_FUTURES: [&str; 3] = ["2018", "2021", "2024"];

/// What a user may forbid.
const FORBIDDEN: [&str; 33] = [
    "warnings",
    "unsafe_code",
    "missing_docs",
    "unused",
    "unused_qualifications",
    "nonstandard_style",
    "future_incompatible",
    "elided_lifetimes_in_paths",
    "bare_trait_objects",
    "absolute_paths_not_starting_with_crate",
    "keyword_idents",
    "macro_use_extern_crate",
    "meta_variable_misuse",
    "unreachable_pub",
    "missing_debug_implementations",
    "missing_copy_implementations",
    "unused_results",
    "unused_lifetimes",
    "single_use_lifetimes",
    "trivial_casts",
    "trivial_numeric_casts",
    "let_underscore_drop",
    "non_ascii_idents",
    "unnameable_types",
    "non_local_definitions",
    "variant_size_differences",
    "unstable_features",
    "unused_import_braces",
    "unit_bindings",
    "redundant_lifetimes",
    "explicit_outlives_requirements",
    "ambiguous_negative_literals",
    "closure_returning_async_block",
];

fn forbidding_all(file: SingleFile) -> SingleFile {
    FORBIDDEN.iter().fold(file, |file, lint| file.arg(&format!("-F{lint}")))
}

/// A library or a program that uses exitmacro.
fn as_crate(kind: &str, file: SingleFile, edition: &str) -> SingleFile {
    with_lines_of_cargo(kind, file.naming_exitmacro("exitmacro"), edition)
}

/// A program that also uses tokio.
fn with_futures(file: SingleFile, edition: &str) -> SingleFile {
    with_lines_of_cargo("bin", file.naming_tokio_and_exitmacro(), edition)
}

fn with_lines_of_cargo(kind: &str, file: SingleFile, edition: &str) -> SingleFile {
    let file = file.arg(&format!("--crate-type={kind}")).arg("--check-cfg=cfg(edition_2015)");
    // Cargo passes this too.
    let file = file.arg("--check-cfg=cfg(docsrs,test)");
    if edition == "2015" { file.arg("--cfg=edition_2015") } else { file }
}

fn rustc(kind: &str, source: &str, edition: &str) -> SingleFile {
    as_crate(kind, SingleFile::new(source, edition), edition)
}

/// Whether the toolchain has clippy. If not, the test is reported as left out.
fn has_clippy() -> bool {
    let found = exitmacro_testing::has_program("clippy-driver");
    if !found {
        exitmacro_testing::left_out("clippy is not installed", "`rustup component add clippy`");
    }
    found
}

fn clippy(kind: &str, source: &str, edition: &str) -> SingleFile {
    denying_all(as_crate(kind, SingleFile::checked_by_clippy(source, edition), edition))
}

fn denying_all(mut file: SingleFile) -> SingleFile {
    for lint in ["all", "pedantic", "nursery"].iter().chain(&RESTRICTIONS) {
        file = file.arg(&format!("-Dclippy::{lint}"));
    }
    // The functions of the fixture are empty, so they could be `const`.
    file.arg("-Aclippy::missing_const_for_fn")
}

/// Optional lints of clippy that apply to the kind of code that the macros generate.
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

/// What must cause no message: the kind of crate, and its source.
const SILENT: [(&str, &str); 6] = [
    ("lib", "lints/handlers.rs"),
    ("lib", "lints/resources.rs"),
    ("lib", "lints/generic_resources.rs"),
    ("bin", "lints/main.rs"),
    ("lib", "lints/config.rs"),
    ("lib", "lints/deferred.rs"),
];

#[test]
fn nothing_is_said_under_forbidden_lints_in_any_edition() {
    for (kind, source) in SILENT {
        for edition in EDITIONS {
            let said = forbidding_all(rustc(kind, source, edition)).check();
            assert_eq!(said, "", "{source}, edition {edition}");
        }
    }
}

#[test]
fn nothing_is_said_by_clippy_in_any_edition() {
    if !has_clippy() {
        return;
    }
    for (kind, source) in SILENT {
        for edition in EDITIONS {
            let said = forbidding_all(clippy(kind, source, edition)).check();
            assert_eq!(said, "", "{source}, edition {edition}");
        }
    }
}

#[test]
fn nothing_is_said_about_futures() {
    const SOURCE: &str = "lints/futures.rs";
    let check = |file, edition| {
        assert_eq!(forbidding_all(file).check(), "", "edition {edition}");
    };
    for edition in EDITIONS_OF_FUTURES {
        check(with_futures(SingleFile::new(SOURCE, edition), edition), edition);
    }
    if !has_clippy() {
        return;
    }
    for edition in EDITIONS_OF_FUTURES {
        let file = with_futures(SingleFile::checked_by_clippy(SOURCE, edition), edition);
        check(denying_all(file), edition);
    }
}

#[test]
fn a_handler_is_not_exempt_from_lints() {
    let said = rustc("lib", "lints/trips_rustc.rs", "2024").check();
    assert!(said.contains("unused variable: `unused`"), "{said}");
    if has_clippy() {
        let said = clippy("lib", "lints/trips_clippy.rs", "2024").check();
        assert!(said.contains("clippy::cast-possible-truncation"), "{said}");
    }
}

#[test]
fn what_a_handler_expects_holds_for_its_arguments() {
    assert_eq!(rustc("bin", "lints/expected.rs", "2024").arg("-Dwarnings").check(), "");
}

#[test]
fn a_main_is_not_exempt_from_lints() {
    let said = rustc("bin", "lints/trips_rustc_in_main.rs", "2024").check();
    assert!(said.contains("unused variable: `unused`"), "{said}");
    if has_clippy() {
        let said = clippy("bin", "lints/trips_clippy_in_main.rs", "2024").check();
        assert!(said.contains("clippy::cast-possible-truncation"), "{said}");
    }
}

#[test]
fn levels_of_lints_on_main_hold_for_all_of_its_code() {
    for edition in EDITIONS_OF_FUTURES {
        let file = SingleFile::new("lints/levels_of_main.rs", edition);
        let said = with_futures(file, edition).arg("-Dwarnings").check();
        assert_eq!(said, "", "edition {edition}");
    }
}
