//! What is known of the value that `main` returns before it is returned.

use crate::run::main_error;
use crate::sys;
use core::convert::Infallible;
use core::fmt::{self, Debug, Write};
use core::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// What std will do with the value.
pub struct Known<'a> {
    pub(super) status: i32,
    /// The error that std prints. Formatted only when it is printed, because formatting is code of
    /// the user.
    error: Option<&'a dyn Debug>,
}

impl Known<'_> {
    pub(super) const fn of_status(status: i32) -> Self {
        Self { status, error: None }
    }

    /// Whether std will print an error.
    pub(super) const fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// Makes another thread that ends the process wait until the error is printed.
    pub(super) fn announce_error(&self) {
        if self.has_error() {
            main_error::to_be_printed();
        }
    }

    /// Prints the error, once. For an end of the process that does not return to std, which would
    /// print it otherwise.
    pub(super) fn print_error(&mut self) {
        if let Some(error) = self.error.take() {
            // A panic in it was reported by the panic hook.
            _ = catch_unwind(AssertUnwindSafe(|| print(error)));
            main_error::printed();
        }
    }

    /// The same for another thread, with the formatted error.
    #[cfg(feature = "async")]
    pub(super) fn in_words(&self) -> InWords {
        let error = self
            .error
            .and_then(|error| catch_unwind(AssertUnwindSafe(|| format!("{error:?}"))).ok());
        InWords { status: self.status, error: error.map(Words) }
    }
}

/// What std will do with a value that stays on its thread.
#[cfg(feature = "async")]
pub(super) struct InWords {
    status: i32,
    error: Option<Words>,
}

#[cfg(feature = "async")]
impl InWords {
    pub(super) fn known(&self) -> Known<'_> {
        Known { status: self.status, error: self.error.as_ref().map(|error| error as _) }
    }
}

#[cfg(feature = "async")]
struct Words(String);

#[cfg(feature = "async")]
impl Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Prints what std prints for the error, byte for byte: it is the program's text, which may have
/// several lines, and colours. Not through std, which waits for its lock and for a reader.
fn print(error: &dyn Debug) {
    let mut text = Raw(Vec::new());
    // A value whose `Debug` fails leaves the text that it has written.
    _ = write!(text, "Error: {error:?}");
    _ = text.write_str("\n");
    sys::write_stderr(&text.0);
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

/// The types whose status is known without taking the value: those of std. A program's own type
/// gives its status only when it is consumed.
pub trait KnownStatus {
    /// Reads the value.
    fn known(&self) -> Known<'_>;
}

impl KnownStatus for () {
    fn known(&self) -> Known<'_> {
        Known::of_status(0)
    }
}

impl KnownStatus for ExitCode {
    fn known(&self) -> Known<'_> {
        Known::of_status(status_of(*self))
    }
}

impl KnownStatus for Infallible {
    fn known(&self) -> Known<'_> {
        match *self {}
    }
}

impl<T: KnownStatus, E: Debug> KnownStatus for Result<T, E> {
    fn known(&self) -> Known<'_> {
        match self {
            Ok(value) => value.known(),
            Err(error) => Known { status: 1, error: Some(error) },
        }
    }
}

/// A reference to the value. The macro calls `known` on it: this type's own method if the status is
/// known, otherwise that of the type that it dereferences to.
pub struct Look<'a, R>(pub &'a R);

impl<'a, R: KnownStatus> Look<'a, R> {
    /// What std will do with it.
    #[must_use]
    pub fn known(&self) -> Option<Known<'a>> {
        Some(self.0.known())
    }
}

impl<R> Deref for Look<'_, R> {
    type Target = Unknown;

    fn deref(&self) -> &Unknown {
        &Unknown
    }
}

/// Stands for a value of any other type.
pub struct Unknown;

impl Unknown {
    /// Nothing.
    #[must_use]
    pub fn known(&self) -> Option<Known<'static>> {
        None
    }
}

/// The number behind an exit code, which std keeps to itself. All that programs can make are bytes.
pub(super) fn status_of(code: ExitCode) -> i32 {
    (0..=u8::MAX).find(|&status| ExitCode::from(status) == code).map_or(1, i32::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Termination;

    fn status(known: Option<Known<'_>>) -> Option<i32> {
        known.map(|known| known.status)
    }

    #[test]
    fn the_types_of_std_are_known() {
        assert_eq!(status(Look(&()).known()), Some(0));
        assert_eq!(status(Look(&ExitCode::from(7)).known()), Some(7));
        assert_eq!(status(Look(&Ok::<ExitCode, String>(9.into())).known()), Some(9));
        let known = Look(&Err::<(), _>("no luck")).known().expect("the type is known");
        assert_eq!(
            (known.status, known.error.map(|error| format!("{error:?}"))),
            (1, Some("\"no luck\"".to_owned()))
        );
    }

    #[test]
    fn another_type_is_not() {
        struct Own;
        impl Termination for Own {
            fn report(self) -> ExitCode {
                ExitCode::SUCCESS
            }
        }
        assert_eq!(status(Look(&Own).known()), None);
        assert_eq!(status(Look(&Ok::<Own, String>(Own)).known()), None);
    }

    #[test]
    fn an_error_is_not_shown_to_be_known() {
        struct Mute;
        impl Debug for Mute {
            fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                panic!("not shown")
            }
        }
        assert_eq!(status(Look(&Err::<(), _>(Mute)).known()), Some(1));
    }
}
