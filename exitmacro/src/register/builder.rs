//! The builder, for a registration with more options than [`register`](crate::register).

use crate::error::RegisterError;
use crate::handler::edge::{KeptEdges, Key, Orderable};
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::{HandlerFn, When, priority};
use crate::plan::scheduling::ORDERED;
use crate::register::function::insert_for_lane;
use crate::registry::Detail;
use core::panic;
use core::time::Duration;
use std::borrow::Cow;

/// Registers a handler with options: name, priority, timeout, order.
///
/// The guide: [start](crate::guide::start), [order](crate::guide::order).
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
    /// Starts a registration; plans and reports show the handler as `name`.
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// Handler::new("close the pool").register(|| ())?;
    /// let plan = exitmacro::plan();
    /// assert!(plan.handlers().iter().any(|handler| handler.name() == "close the pool"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            priority: priority::DEFAULT,
            options: Options::NONE,
            edges: KeptEdges::default(),
        }
    }

    /// Sets the priority, 0 by default. Higher runs first; every `i32` is allowed. See [`priority`]
    /// for names.
    ///
    /// ```
    /// use exitmacro::{Handler, priority};
    ///
    /// Handler::new("flush the metrics").priority(priority::TELEMETRY).register(|| ())?;
    /// Handler::new("drain the queue").priority(priority::WORK).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let place = |name| plan.handlers().iter().position(|handler| handler.name() == name);
    /// assert!(place("drain the queue") < place("flush the metrics"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the handler may run before it is abandoned. Must be longer than zero. The
    /// default is the timeout that the program configures, or 10 seconds. Where no thread can be
    /// started, as in a plugin that is unloaded and on WASI, the handler is not abandoned: a line
    /// says afterwards that it took longer.
    ///
    /// ```
    /// use exitmacro::{Handler, RegisterError};
    /// use std::time::Duration;
    ///
    /// Handler::new("drain the queue").timeout(Duration::from_secs(2)).register(|| ())?;
    /// let refused = Handler::new("drain it at once").timeout(Duration::ZERO).register(|| ());
    /// assert_eq!(refused, Err(RegisterError::ZeroTimeout));
    /// # Ok::<(), RegisterError>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Runs the handler on the thread that ends the process, or calls [`run`](fn@crate::run),
    /// instead of a runner thread. After an `async fn main`, and in `run_async`, all handlers run
    /// on runner threads.
    ///
    /// For values that must not leave the thread that ends the program. Its thread-locals may
    /// already be destroyed there. If the handler exceeds its timeout, a runner runs the rest, and
    /// ends the process in place of that thread; [`run`](fn@crate::run), after which the process
    /// continues, returns when the handler does.
    ///
    /// ```
    /// exitmacro::Handler::new("restore the cursor").on_caller().register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn on_caller(mut self) -> Self {
        self.options.on_caller = true;
        self
    }

    /// Lets forked children run the handler too: each runs its own copy, with a copy of what it
    /// owns. By default only the process that registered it does.
    ///
    /// ```
    /// let say = || println!("process {} ends", std::process::id());
    /// exitmacro::Handler::new("say").inherit_on_fork().register(say)?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn inherit_on_fork(mut self) -> Self {
        self.options.inherit = true;
        self
    }

    /// Makes the handler wait until another one has finished. The other is an
    /// [`#[at_exit]`](macro@crate::at_exit) function or static, by its path, or all
    /// [tracked](fn@crate::track) values of a type.
    ///
    /// This outranks priorities. A handler that has finished already, or does not exist, is not
    /// waited for.
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

    /// Makes another handler wait until this one has finished; see [`after`](Self::after). A
    /// handler that has started already does not wait.
    ///
    /// ```
    /// use exitmacro::{Handler, at_exit};
    ///
    /// #[at_exit]
    /// fn close_db() {}
    ///
    /// Handler::new("store").before::<close_db>().register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn before<Other: Orderable>(mut self) -> Self {
        self.edges.before.to_mut().push(Other::KEY);
        self.options.ordered_by = ORDERED;
        self
    }

    /// Makes the handler wait until another registered one has finished; see
    /// [`after`](Self::after).
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

    /// Makes another registered handler wait until this one has finished; see
    /// [`before`](Self::before).
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// let close = Handler::new("close").register(|| ())?;
    /// Handler::new("drain").before_id(close).register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn before_id(mut self, other: HandlerId) -> Self {
        self.edges.before.to_mut().push(Key::Id(other));
        self.options.ordered_by = ORDERED;
        self
    }

    /// Runs the handler at the same time as other concurrent handlers of its priority, each on its
    /// own thread, unless an edge orders them. A handler that is not concurrent runs alone. At most
    /// 32 run at the same time, or as many as [`threads`](macro@crate::main#threads) says.
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// for peer in ["a", "b", "c"] {
    ///     Handler::new(format!("leave {peer}")).concurrent().register(|| ())?;
    /// }
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn concurrent(mut self) -> Self {
        self.options.concurrent = true;
        self.options.ordered_by = ORDERED;
        self
    }

    /// Sets at which exits the handler runs; see [`When`]. At other exits it is reported as
    /// skipped, and neither called nor dropped.
    ///
    /// ```
    /// use exitmacro::{Handler, When};
    ///
    /// Handler::new("remove the journal").when(When::Success).register(|| ())?;
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
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
    /// zero, [`RegisterError::ConcurrentOnCaller`] for a concurrent handler that must run on the
    /// exiting thread, [`RegisterError::OutOfMemory`] when the table cannot grow. `function` is
    /// dropped then.
    ///
    /// ```
    /// use exitmacro::{ExitContext, Handler, Unregistered};
    ///
    /// fn write_reason(exit: &ExitContext) -> std::io::Result<()> {
    ///     std::fs::write("/run/example.reason", format!("{:?}", exit.reason()))
    /// }
    ///
    /// let id = Handler::new("write the reason").register(write_reason)?;
    /// assert_eq!(exitmacro::unregister(id), Unregistered::Removed);
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
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
        insert_for_lane(function, priority, Some(Box::new(detail)), location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::edge::{DynElement, NoElement};
    use crate::register::function::{register, unregister};

    struct Other;

    impl Orderable for Other {
        const KEY: Key = Key::Type(core::any::TypeId::of::<Self>);

        fn __element() -> DynElement {
            &NoElement
        }
    }

    #[test]
    fn a_handler_cannot_be_concurrent_and_on_the_exiting_thread() {
        let registered = Handler::new("one").concurrent().on_caller().register(|| ());
        assert_eq!(registered, Err(RegisterError::ConcurrentOnCaller));
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
