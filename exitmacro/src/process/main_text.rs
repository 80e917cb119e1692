//! The error that `main` returned, as text: what std prints for it, byte for byte. It is the
//! program's text, which may have several lines, and colours.

use crate::sys;
use core::fmt::{self, Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Prints the error. Not through std, which waits for its lock and for a reader.
pub(super) fn print(error: &dyn Debug) {
    let mut text = Raw(Vec::new());
    // A value whose `Debug` fails leaves the text that it has written.
    _ = write!(text, "Error: {error:?}");
    _ = text.write_str("\n");
    sys::write_stderr(&text.0);
}

/// The text, for a thread that cannot format the error. `None` when its `Debug` fails or panics, or
/// when there is no memory for it.
pub(super) fn of(error: &dyn Debug) -> Option<&'static [u8]> {
    let mut text = Whole(Vec::new());
    let written = catch_unwind(AssertUnwindSafe(|| writeln!(text, "Error: {error:?}")));
    matches!(written, Ok(Ok(()))).then(|| &*text.0.leak())
}

/// In one piece, if there is memory for that.
struct Raw(Vec<u8>);

impl Write for Raw {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.try_reserve(text.len()).is_ok() {
            self.0.extend_from_slice(text.as_bytes());
        } else {
            sys::write_stderr(&self.0);
            self.0.clear();
            sys::write_stderr(text.as_bytes());
        }
        Ok(())
    }
}

/// In one piece, or else an error.
struct Whole(Vec<u8>);

impl Write for Whole {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_std_prints() {
        assert_eq!(of(&"a\nb"), Some(&b"Error: \"a\\nb\"\n"[..]));
    }

    #[test]
    fn an_error_that_cannot_be_shown_has_no_text() {
        struct Failing;
        impl Debug for Failing {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(of(&Failing), None);
    }
}
