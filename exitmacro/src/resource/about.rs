//! The path that an error is about.

use std::io;
use std::path::Path;

/// Puts the path before the text of an error that does not name it, such as one of the system.
pub(super) fn about(path: &Path) -> impl Fn(io::Error) -> io::Error + '_ {
    |error| {
        let (path, text) = (path.display().to_string(), error.to_string());
        if text.contains(&path) {
            error
        } else {
            io::Error::new(error.kind(), format!("{path}: {text}"))
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
    fn an_error_that_names_the_path_keeps_its_text() {
        let text = |error| about(Path::new("a.pid"))(io::Error::other(error)).to_string();
        assert_eq!(text("a.pid: it is busy"), "a.pid: it is busy");
        assert_eq!(text("it is too long"), "a.pid: it is too long");
    }
}
