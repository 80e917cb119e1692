//! A registration with more to say than [`register`](crate::register).

use super::registered::{self, Detail, HandlerId};
use super::{HandlerFn, priority};
use crate::error::RegisterError;
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
    timeout: Option<Duration>,
    on_caller: bool,
    inherit: bool,
}

impl Handler {
    /// Begins a registration; `name` is what plans and reports will call the handler.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), priority: priority::DEFAULT, timeout: None, on_caller: false, inherit: false }
    }

    /// Sets the priority, 0 by default. Higher runs first; every `i32` is fine. See [`priority`] for names.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the handler may take before it is abandoned; by default 10 seconds, or what the program is configured with. Must be longer than zero.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks for the exiting thread instead of the runner thread, for values that must not leave the thread that ends the program. Its thread-locals may already be
    /// destroyed there. If it exceeds its timeout, a runner goes on with the rest and ends the process in its place.
    pub fn on_caller(mut self) -> Self {
        self.on_caller = true;
        self
    }

    /// Lets forked children run the handler too, each for itself: a copy of it, with a copy of what it owns. Otherwise only the process that registered it does.
    pub fn inherit_on_fork(mut self) -> Self {
        self.inherit = true;
        self
    }

    /// Registers `function`. It runs once, when the process ends; see [`register`](crate::register).
    ///
    /// # Errors
    ///
    /// [`RegisterError::Finished`] after the run, [`RegisterError::ZeroTimeout`] for a timeout of zero, [`RegisterError::OutOfMemory`] when the table cannot grow.
    /// `function` is dropped then.
    #[track_caller]
    pub fn register<F, Signature>(self, function: F) -> Result<HandlerId, RegisterError>
    where
        F: HandlerFn<Signature>,
        Signature: 'static,
    {
        if self.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(RegisterError::ZeroTimeout);
        }
        let detail = Detail { name: Some(self.name), timeout: self.timeout, on_caller: self.on_caller, inherit: self.inherit };
        registered::insert(function, self.priority, Some(Box::new(detail)), panic::Location::caller()).map_err(|(error, _function)| error)
    }
}
