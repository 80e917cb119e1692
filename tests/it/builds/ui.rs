//! Messages for features that are not enabled. All other messages are in `tests/ui`, which the
//! package in `tests/messages` compares.

use crate::support::SingleFile;

/// Not in `tests/ui`, where all features are enabled.
#[test]
fn a_feature_that_a_handler_needs_is_named() {
    let said =
        SingleFile::new("without_features/future.rs", "2024").naming_exitmacro("exitmacro").check();
    let expected = "\
error: `async fn` handlers need the feature `async` of exitmacro, or `tokio` where they use tokio
 --> without_features/future.rs:4:1
  |
4 | async fn close() {}
  | ^^^^^

error: aborting due to 1 previous error

";
    assert_eq!(said, expected);
}

#[test]
fn features_that_a_value_needs_are_named() {
    let said = SingleFile::new("without_features/report_to.rs", "2024")
        .naming_exitmacro("exitmacro")
        .check();
    let expected = "\
error: `report_to = tracing` needs the feature `tracing` of exitmacro
 --> without_features/report_to.rs:3:31
  |
3 | #[exitmacro::main(report_to = tracing)]
  |                               ^^^^^^^

error: `report_to = log` needs the feature `log` of exitmacro
 --> without_features/report_to.rs:7:35
  |
7 |     #[exitmacro::main(report_to = log)]
  |                                   ^^^

error: aborting due to 2 previous errors

";
    assert_eq!(said, expected);
}

#[test]
fn a_crate_under_another_name_is_found() {
    let said = SingleFile::new("hygiene/found.rs", "2024").naming_exitmacro("cleanup").check();
    assert_eq!(said, "");
}

#[test]
fn an_error_asks_for_a_crate_that_is_not_found() {
    let facade =
        SingleFile::new("hygiene/plain_facade.rs", "2024").naming_exitmacro("exitmacro").library();
    let said =
        SingleFile::new("hygiene/not_found.rs", "2024").naming("plain_facade", &facade).check();
    let expected = "\
error: cannot find `exitmacro` among the crates that this one can name; \
    write where it is found, such as `crate = facade::exitmacro`
 --> hygiene/not_found.rs:3:1
  |
3 | #[plain_facade::exitmacro::at_exit]
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: this error originates in the attribute macro `plain_facade::exitmacro::at_exit` \
    (in Nightly builds, run with -Z macro-backtrace for more info)

error: aborting due to 1 previous error

";
    assert_eq!(said, expected);
}

#[test]
fn errors_are_the_same_in_every_edition() {
    let errors = |edition: &str| -> Vec<String> {
        let said = SingleFile::new("hygiene/mistakes.rs", edition).naming_exitmacro("exitmacro");
        let is_error = |line: &&str| line.starts_with("error: ") || line.contains("--> ");
        said.check().lines().filter(is_error).map(str::to_owned).collect()
    };
    let expected = errors("2024");
    assert!(expected.len() > 8 && expected[0].contains("did you mean `priority`?"), "{expected:?}");
    for edition in ["2015", "2018", "2021"] {
        assert_eq!(errors(edition), expected, "edition {edition}");
    }
}

#[test]
fn a_resource_without_its_feature_is_explained() {
    let said = SingleFile::new("features/resource_without_its_feature.rs", "2024")
        .naming_exitmacro("exitmacro")
        .check();
    assert!(!said.contains("private"), "{said}");
    for import_or_path in ["`exitmacro::resource::pid_file`", "`temp_dir`"] {
        let error = said.split("error[").find(|error| error.contains(import_or_path));
        assert!(
            error.is_some_and(
                |error| error.contains("the item is gated behind the `resources` feature")
            ),
            "{said}"
        );
    }
}
