//! Registers a function, and takes a registration back.

use crate::error::RegisterError;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::handler::{Erased, HandlerFn};
use crate::process::engine;
use crate::registry::{self, Detail, Unregistered, take_back};
use core::panic;

/// Registers a handler that may run in a lane; see [`register`].
pub(super) fn insert_for_lane<F, Signature>(
    function: F,
    priority: i32,
    detail: Option<Box<Detail>>,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, RegisterError>
where
    F: HandlerFn<Signature>,
    Signature: 'static,
{
    if F::IS_BARE {
        engine::have_lanes();
    }
    insert(function, priority, detail, F::IS_BARE, location)
}

/// Registers a handler; see [`register`]. `is_bare` is whether it may run in a lane.
pub(crate) fn insert<F, Signature>(
    function: F,
    priority: i32,
    detail: Option<Box<Detail>>,
    is_bare: bool,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, RegisterError>
where
    F: HandlerFn<Signature>,
    Signature: 'static,
{
    let detail = if F::IS_ASYNC { Some(asynchronous(detail)) } else { detail };
    let mut action = Some(Action::new(Erased::new(function)));
    insert_action(&mut action, priority, detail, is_bare, location)
}

/// The detail of a handler that keeps its own time.
fn asynchronous(detail: Option<Box<Detail>>) -> Box<Detail> {
    let mut detail = detail.unwrap_or_default();
    detail.options.asynchronous = true;
    detail
}

/// Starts the engine, and puts a handler of any type into the table. `is_bare` is whether it may
/// run in a lane. A refused handler stays with the caller. It is taken from there, because to hand
/// it over moves what the caller has just written, for which the processor waits.
pub(crate) fn insert_action(
    action: &mut Option<Action>,
    priority: i32,
    detail: Option<Box<Detail>>,
    is_bare: bool,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, RegisterError> {
    // Before the lock is taken for the first time, or a fork in between would leave it locked in
    // the child.
    engine::start();
    registry::insert_action(action, priority, detail, is_bare, location)
}

/// Registers `function` to run at exit with priority 0, under the path of the function as its name.
///
/// It runs once, on the runner thread, when the process ends; handlers registered later run
/// earlier. During the run it is still taken in, at its place among what is left. Takes constant
/// time. What can be registered is told by [`HandlerFn`], with the feature `async` also an async
/// closure; for another priority, name or timeout see [`Handler`](crate::Handler).
///
/// The guide: [start](crate::guide::start).
///
/// # Errors
///
/// [`RegisterError::Finished`] after the run, [`RegisterError::OutOfMemory`] when the table cannot
/// grow. `function` is dropped then.
///
/// ```
/// let id = exitmacro::register(|| println!("bye"))?;
/// assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[doc(alias("on_exit", "atexit", "add_handler"))]
#[track_caller]
pub fn register<F, Signature>(function: F) -> Result<HandlerId, RegisterError>
where
    F: HandlerFn<Signature>,
    Signature: 'static,
{
    insert_for_lane(function, crate::handler::priority::DEFAULT, None, panic::Location::caller())
}

/// Takes back a registration. Works from any thread, during the run too, and from inside the
/// handler itself; takes constant time. A handler of a parent process counts as
/// [`Finished`](Unregistered::Finished) in a forked child, and in its owner when a child has
/// [adopted](fn@crate::adopt) it: it does not run in the calling process.
///
/// A handler that was waiting is dropped, on the calling thread, after all locks of this crate are
/// released.
///
/// ```
/// use exitmacro::Unregistered;
///
/// let id = exitmacro::register(|| ())?;
/// assert_eq!(exitmacro::unregister(id), Unregistered::Removed);
/// assert_eq!(exitmacro::unregister(id), Unregistered::Finished);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[doc(alias("cancel"))]
pub fn unregister(id: HandlerId) -> Unregistered {
    let dropped_here = take_back(id);
    dropped_here.found()
}
