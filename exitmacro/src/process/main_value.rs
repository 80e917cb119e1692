//! What is known of the value that `main` returns before it is returned.

use crate::process::main_text;
use crate::run::main_error;
use core::convert::Infallible;
use core::fmt::Debug;
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

    /// Makes another thread that ends the process wait until the error is printed. Where the
    /// calling thread may hang in a handler, the other thread gets the text. Forgets an error that
    /// another thread has printed meanwhile.
    pub(super) fn announce_error(&mut self) {
        let Some(error) = self.error else { return };
        if main_error::thread_may_hang()
            && let Some(text) = main_text::of(error)
        {
            main_error::keep_text(text);
        }
        if !main_error::to_be_printed() {
            self.error = None;
        }
    }

    /// Leaves the error to the thread of `main`, or to another one that ends the process before
    /// that.
    #[cfg(feature = "async")]
    pub(super) fn leave_error(&self) {
        let Some(error) = self.error else { return };
        if let Some(text) = main_text::of(error) {
            main_error::keep_text(text);
        }
        main_error::leave_to_others();
    }

    /// Prints the error, once. For an end of the process that does not return to std, which would
    /// print it otherwise.
    pub(super) fn print_error(&mut self) {
        if let Some(error) = self.error.take() {
            // A panic in it was reported by the panic hook.
            _ = catch_unwind(AssertUnwindSafe(|| main_text::print(error)));
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
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
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
pub struct Look<'a, R>(LookAtError<'a, R>);

impl<'a, R> Look<'a, R> {
    /// Looks at this value.
    #[must_use]
    pub const fn of(value: &'a R) -> Self {
        Self(LookAtError(value))
    }
}

impl<'a, R: KnownStatus> Look<'a, R> {
    /// What std will do with it.
    #[must_use]
    pub fn known(&self) -> Option<Known<'a>> {
        Some(self.0.0.known())
    }
}

impl<'a, R> Deref for Look<'a, R> {
    type Target = LookAtError<'a, R>;

    fn deref(&self) -> &LookAtError<'a, R> {
        &self.0
    }
}

/// The same for a `Result` whose value is of the program's own type: an error is known all the
/// same.
pub struct LookAtError<'a, R>(&'a R);

impl<'a, T, E: Debug> LookAtError<'a, Result<T, E>> {
    /// What std will do with an error.
    #[must_use]
    pub fn known(&self) -> Option<Known<'a>> {
        self.0.as_ref().err().map(|error| Known { status: 1, error: Some(error) })
    }
}

impl<R> Deref for LookAtError<'_, R> {
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
        assert_eq!(status(Look::of(&()).known()), Some(0));
        assert_eq!(status(Look::of(&ExitCode::from(7)).known()), Some(7));
        assert_eq!(status(Look::of(&Ok::<ExitCode, String>(9.into())).known()), Some(9));
        let known = Look::of(&Err::<(), _>("no luck")).known().expect("the type is known");
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
        assert_eq!(status(Look::of(&Own).known()), None);
        assert_eq!(status(Look::of(&Ok::<Own, String>(Own)).known()), None);
        let failed = Err::<Own, _>("no luck");
        let known = Look::of(&failed).known().expect("an error is known");
        assert!(known.status == 1 && known.has_error());
    }

    #[test]
    fn an_error_is_not_shown_to_be_known() {
        struct Mute;
        impl Debug for Mute {
            fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                panic!("not shown")
            }
        }
        assert_eq!(status(Look::of(&Err::<(), _>(Mute)).known()), Some(1));
    }
}
