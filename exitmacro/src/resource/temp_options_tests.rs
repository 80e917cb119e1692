//! What the options of a temporary file refuse.

use super::*;

fn refused(options: TempOptions) -> String {
    let errors = [options.make_file().unwrap_err(), options.make_dir().unwrap_err()];
    assert!(errors.iter().all(|error| error.kind() == io::ErrorKind::InvalidInput));
    let [file, dir] = errors.map(|error| error.to_string());
    assert_eq!(file, dir);
    file
}

#[test]
fn an_error_names_what_to_write() {
    let new = TempOptions::new;
    for (options, text) in [
        (new().prefix("a/b"), "the prefix \"a/b\" contains a separator of paths; write a part"),
        (new().suffix("a/"), "the suffix \"a/\" contains a separator of paths; write a part"),
        (new().prefix("\0"), "the prefix \"\\0\" contains NUL; write a part of a file name"),
        (new().suffix("a\0"), "the suffix \"a\\0\" contains NUL; write a part of a file name"),
        (new().in_dir(""), "the folder is an empty path; write \".\" for the working directory"),
        (new().in_dir("a\0"), "the folder \"a\\0\" contains NUL; write a path without it"),
    ] {
        let found = refused(options);
        assert!(found.starts_with(text), "{found}");
    }
}

#[test]
#[cfg(unix)]
fn a_mode_has_only_permissions() {
    assert_eq!(
        refused(TempOptions::new().mode(0o100_644)),
        "the mode 0o100644 has bits that are no permissions; write at most 0o7777, in octal"
    );
}

#[test]
fn a_timeout_is_longer_than_zero() {
    let timeout = |timeout| TempOptions::new().timeout(timeout).cleanup("one");
    assert!(timeout(Duration::from_nanos(1)).is_ok());
    assert_eq!(
        timeout(Duration::ZERO).unwrap_err().to_string(),
        "the timeout is zero; write a longer one, or leave it out"
    );
}
