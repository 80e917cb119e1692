//! The answer of an order about the next handler.

/// The next handler, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    Run(T),
    /// None may start before a running handler has finished.
    Wait,
    Done,
}
