//! The ends of a process that a handler is for.

/// The ends of the process that a handler is for; every one, unless it says otherwise.
///
/// The guide: [order](crate::guide::order).
///
/// ```
/// use exitmacro::{Handler, When, at_exit};
///
/// #[at_exit(when = success)]
/// fn remove_the_work_directory() {}
///
/// Handler::new("keep the core of the problem").when(When::Failure).register(|| ())?;
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum When {
    /// However the process ends.
    #[default]
    Always,
    /// Its status is 0, and it is not a signal that ends it. With `on_failure`, a handler that has
    /// failed counts as well; without it, it does not.
    Success,
    /// Its status is another one, or a panic ends it; and it is not a signal that does.
    Failure,
    /// A signal ends it, whatever the status.
    Signal,
}
