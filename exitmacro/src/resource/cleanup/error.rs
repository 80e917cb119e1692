//! Why a value could not be closed.

use core::fmt;
use std::error::Error;

/// Why a value could not be closed: any error, or a text.
///
/// ```
/// use exitmacro::CleanupError;
///
/// fn close() -> Result<(), CleanupError> {
///     std::fs::remove_file("/no/such/file")?;
///     Err("never reached".into())
/// }
/// assert!(close().unwrap_err().to_string().contains("No such file"));
/// ```
///
/// It is not an [`Error`] itself, but `?` passes it on in a function that returns a `Box<dyn
/// Error>`. For other types, such as `Box<dyn Error + Send + Sync>`, take the error out:
///
/// ```
/// use exitmacro::CleanupError;
/// use std::error::Error;
///
/// # fn close() -> Result<(), CleanupError> { Ok(()) }
/// fn shut_down() -> Result<(), Box<dyn Error>> {
///     close()?;
///     Ok(())
/// }
///
/// fn shut_down_on_any_thread() -> Result<(), Box<dyn Error + Send + Sync>> {
///     close().map_err(CleanupError::into_inner)
/// }
/// # shut_down().unwrap();
/// # shut_down_on_any_thread().unwrap();
/// ```
pub struct CleanupError(Box<dyn Error + Send + Sync>);

impl CleanupError {
    /// The error itself.
    ///
    /// ```
    /// let error = exitmacro::CleanupError::from("disk full");
    /// assert_eq!(error.get_ref().to_string(), "disk full");
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error itself.
    ///
    /// ```
    /// let error = exitmacro::CleanupError::from("disk full");
    /// assert_eq!(error.into_inner().to_string(), "disk full");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }

    /// Gathers the results of several parts: all errors in one, or none.
    ///
    /// ```
    /// use exitmacro::CleanupError;
    ///
    /// let parts = [Ok(()), Err("disk full".into()), Err("no reply".into())];
    /// assert_eq!(CleanupError::gather(parts).unwrap_err().to_string(), "disk full; no reply");
    /// ```
    ///
    /// # Errors
    ///
    /// When one of the parts returned an error.
    pub fn gather(parts: impl IntoIterator<Item = Result<(), Self>>) -> Result<(), Self> {
        let errors: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
        match errors.len() {
            0 => Ok(()),
            1 => errors.into_iter().try_for_each(Err),
            _ => Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ").into()),
        }
    }
}

// Not an `Error` itself: then it could not be created from every error.
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for CleanupError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<CleanupError> for Box<dyn Error> {
    fn from(error: CleanupError) -> Self {
        error.0
    }
}

impl fmt::Display for CleanupError {
    /// With the causes, one after the other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for CleanupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn refused() -> CleanupError {
        io::Error::from(io::ErrorKind::ConnectionRefused).into()
    }

    #[test]
    fn an_error_is_displayed_with_its_causes() {
        #[derive(Debug)]
        struct Caused(&'static str, Option<Box<Self>>);

        impl fmt::Display for Caused {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl Error for Caused {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.1.as_deref().map(|cause| cause as _)
            }
        }

        let refused = Caused("connection refused", None);
        let error = Caused("no flush", Some(Box::new(Caused("no reply", Some(Box::new(refused))))));
        assert_eq!(CleanupError::from(error).to_string(), "no flush: no reply: connection refused");
    }

    #[test]
    fn an_error_shows_what_it_was_made_from() {
        assert_eq!(
            format!("{:?}", refused()),
            format!("{:?}", io::Error::from(io::ErrorKind::ConnectionRefused))
        );
    }

    #[test]
    fn one_error_of_many_parts_stays_what_it_is() {
        let gathered = CleanupError::gather([Ok(()), Err(refused()), Ok(())]).unwrap_err();
        assert_eq!(
            gathered.into_inner().downcast::<io::Error>().unwrap().kind(),
            io::ErrorKind::ConnectionRefused
        );
    }
}
