//! A registration with more to say than [`register`](crate::register).

use crate::error::RegisterError;
use crate::handler::edge::{KeptEdges, Key, Orderable};
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::{HandlerFn, When, priority};
use crate::plan::scheduling::ORDERED;
use crate::register::function::insert;
use crate::registry::Detail;
use core::panic;
use core::time::Duration;
use std::borrow::Cow;

/// Registers a handler with a name, a priority, a timeout.
///
/// ```
/// use exitmacro::{Handler, priority};
/// use std::time::Duration;
///
/// let id = Handler::new("drain the queue")
///     .priority(priority::WORK)
///     .timeout(Duration::from_secs(2))
///     .register(|exit: &exitmacro::ExitContext| println!("{:?} left", exit.remaining()))?;
/// # assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is registered before `register` is called"]
pub struct Handler {
    name: Cow<'static, str>,
    priority: i32,
    options: Options,
    edges: KeptEdges,
}

impl Handler {
    /// Begins a registration; `name` is what plans and reports will call the handler.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            priority: priority::DEFAULT,
            options: Options::NONE,
            edges: KeptEdges::default(),
        }
    }

    /// Sets the priority, 0 by default. Higher runs first; every `i32` is fine. See [`priority`]
    /// for names.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the handler may take before it is abandoned; by default 10 seconds, or what
    /// the program is configured with. Must be longer than zero.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Asks for the exiting thread instead of the runner thread, for values that must not leave the
    /// thread that ends the program. Its thread-locals may already be destroyed there. If it
    /// exceeds its timeout, a runner goes on with the rest and ends the process in its place.
    pub fn on_caller(mut self) -> Self {
        self.options.on_caller = true;
        self
    }

    /// Lets forked children run the handler too, each for itself: a copy of it, with a copy of what
    /// it owns. Otherwise only the process that registered it does.
    pub fn inherit_on_fork(mut self) -> Self {
        self.options.inherit = true;
        self
    }

    /// Lets the handler wait until another one is over: an [`#[at_exit]`](macro@crate::at_exit)
    /// function or static, by its path, or all [tracked](fn@crate::track) values of a type. This
    /// weighs more than priorities. One that is over already, or is not there, is not waited for.
    ///
    /// ```
    /// use exitmacro::{Handler, at_exit, priority};
    ///
    /// #[at_exit]
    /// fn close_db() {}
    ///
    /// Handler::new("report").priority(priority::WORK).after::<close_db>().register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn after<Other: Orderable>(mut self) -> Self {
        self.edges.after.to_mut().push(Other::KEY);
        self.options.ordered_by = ORDERED;
        self
    }

    /// Lets another handler wait until this one is over; see [`after`](Self::after). One that has
    /// started already does not wait.
    pub fn before<Other: Orderable>(mut self) -> Self {
        self.edges.before.to_mut().push(Other::KEY);
        self.options.ordered_by = ORDERED;
        self
    }

    /// Lets the handler wait until another registered one is over; see [`after`](Self::after).
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// let drain = Handler::new("drain").register(|| ())?;
    /// Handler::new("close").after_id(drain).register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn after_id(mut self, other: HandlerId) -> Self {
        self.edges.after.to_mut().push(Key::Id(other));
        self.options.ordered_by = ORDERED;
        self
    }

    /// Lets another registered handler wait until this one is over; see [`before`](Self::before).
    pub fn before_id(mut self, other: HandlerId) -> Self {
        self.edges.before.to_mut().push(Key::Id(other));
        self.options.ordered_by = ORDERED;
        self
    }

    /// Lets the handler run at the same time as other concurrent handlers of its priority, each on
    /// a thread of its own, unless an edge orders them. A handler that is not concurrent runs
    /// alone.
    pub fn concurrent(mut self) -> Self {
        self.options.concurrent = true;
        self.options.ordered_by = ORDERED;
        self
    }

    /// Sets the ends of the process that the handler is for. At others it is reported as skipped,
    /// and neither called nor dropped.
    pub fn when(mut self, when: When) -> Self {
        self.options.when = when;
        self
    }

    /// Registers `function`. It runs once, when the process ends; see
    /// [`register`](crate::register).
    ///
    /// # Errors
    ///
    /// [`RegisterError::Finished`] after the run, [`RegisterError::ZeroTimeout`] for a timeout of
    /// zero, [`RegisterError::ConcurrentOnCaller`] for a handler that is to run beside others, but
    /// on the one exiting thread, [`RegisterError::OutOfMemory`] when the table cannot grow.
    /// `function` is dropped then.
    #[track_caller]
    pub fn register<F, Signature>(self, function: F) -> Result<HandlerId, RegisterError>
    where
        F: HandlerFn<Signature>,
        Signature: 'static,
    {
        self.options.check()?;
        let Self { name, priority, options, edges } = self;
        let location = panic::Location::caller();
        let detail = Detail { name: Some(name), options, edges, location };
        insert(function, priority, Some(Box::new(detail)), location)
            .map_err(|(error, _function)| error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::function::{register, unregister};

    struct Other;

    impl Orderable for Other {
        const KEY: Key = Key::Type(core::any::TypeId::of::<Self>);
    }

    #[test]
    fn each_edge_and_concurrency_ask_for_a_schedule() {
        let new = || Handler::new("one");
        let id = register(|| ()).expect("the run has not begun");
        for handler in [
            new().after::<Other>(),
            new().before::<Other>(),
            new().after_id(id),
            new().before_id(id),
            new().concurrent(),
        ] {
            assert!(handler.options.ordered_by.is_some(), "{handler:?}");
        }
        assert!(new().priority(1).when(When::Failure).options.ordered_by.is_none());
        assert_eq!(unregister(id), crate::Unregistered::Removed);
    }
}
