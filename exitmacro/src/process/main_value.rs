//! What is known of the value that `main` returns while it is still there to be returned.

use core::convert::Infallible;
use core::fmt::Debug;
use core::ops::Deref;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// What std will make of the value.
pub struct Known {
    pub(super) status: i32,
    /// The line that std prints for an error.
    error: Option<String>,
}

impl Known {
    pub(super) const fn of_status(status: i32) -> Self {
        Self { status, error: None }
    }

    /// Prints the error, once. For an end of the process that does not return to std, which would print it otherwise.
    pub(super) fn print_error(&mut self) {
        if let Some(error) = self.error.take() {
            // A closed stderr is not the program's fault.
            _ = writeln!(io::stderr(), "{error}");
        }
    }
}

/// The types of which the status is known without taking the value: those of std. A program's own type tells its status by consuming itself.
pub trait KnownStatus {
    /// Looks at the value.
    fn known(&self) -> Known;
}

impl KnownStatus for () {
    fn known(&self) -> Known {
        Known::of_status(0)
    }
}

impl KnownStatus for ExitCode {
    fn known(&self) -> Known {
        Known::of_status(super::main_fn::status_of(*self))
    }
}

impl KnownStatus for Infallible {
    fn known(&self) -> Known {
        match *self {}
    }
}

impl<T: KnownStatus, E: Debug> KnownStatus for Result<T, E> {
    fn known(&self) -> Known {
        match self {
            Ok(value) => value.known(),
            Err(error) => Known { status: 1, error: Some(format!("Error: {error:?}")) },
        }
    }
}

/// A look at the value. The macro calls `known` on it, which is this type's own where the status is known, and else that of what it dereferences to.
pub struct Look<'a, R>(pub &'a R);

impl<R: KnownStatus> Look<'_, R> {
    /// What std will make of it.
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        // Formatting the error is code of the user.
        Some(catch_unwind(AssertUnwindSafe(|| self.0.known())).unwrap_or(Known::of_status(1)))
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
    pub fn known(&self) -> Option<Known> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Termination;

    fn status(known: Option<Known>) -> Option<i32> {
        known.map(|known| known.status)
    }

    #[test]
    fn the_types_of_std_are_known() {
        assert_eq!(status(Look(&()).known()), Some(0));
        assert_eq!(status(Look(&ExitCode::from(7)).known()), Some(7));
        assert_eq!(status(Look(&Ok::<ExitCode, String>(9.into())).known()), Some(9));
        let known = Look(&Err::<(), _>("no luck")).known().expect("the type is known");
        assert_eq!((known.status, known.error.as_deref()), (1, Some("Error: \"no luck\"")));
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
    fn an_error_that_cannot_be_shown_is_one() {
        struct Mute;
        impl Debug for Mute {
            fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                panic!("not shown")
            }
        }
        assert_eq!(status(Look(&Err::<(), _>(Mute)).known()), Some(1));
    }
}
