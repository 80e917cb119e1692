//! The path that an error is about.

use std::io;
use std::path::Path;

/// Puts the path before the text of an error of the system, which does not name the path.
pub(super) fn about(path: &Path) -> impl Fn(io::Error) -> io::Error + '_ {
    |error| {
        if error.raw_os_error().is_some() {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        } else {
            error
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_gets_the_path() {
        let found = about(Path::new("a.pid"))(io::Error::from_raw_os_error(2));
        assert_eq!(found.kind(), io::ErrorKind::NotFound);
        assert!(found.to_string().starts_with("a.pid: "), "{found}");
    }

    #[test]
    fn an_error_that_has_a_text_keeps_it() {
        assert_eq!(
            about(Path::new("a.pid"))(io::Error::other("b.pid: it is busy")).to_string(),
            "b.pid: it is busy"
        );
    }
}
