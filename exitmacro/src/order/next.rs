//! The answer of an order.

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    Run(T),
    /// Nothing, before a handler that is running has finished.
    Wait,
    Done,
}
