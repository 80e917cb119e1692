//! Async closures and functions as handlers. They are driven by the run, so their implementation is
//! here and not next to those of other functions.

use crate::handler::context::ExitContext;
use crate::handler::{Failure, Function, HandlerFn, HandlerResult};
use crate::run;
use core::marker::PhantomData;

/// The signature of an async handler.
#[doc(hidden)]
pub struct Async<Signature>(PhantomData<Signature>);

impl<F, R> Function<Async<fn() -> R>> for F where F: AsyncFnOnce() -> R {}

impl<F, R> HandlerFn<Async<fn() -> R>> for F
where
    F: AsyncFnOnce() -> R + Send + 'static,
    R: HandlerResult,
{
    const IS_ASYNC: bool = true;

    fn call(self, exit: &ExitContext) -> Result<(), Failure> {
        run::driven(self(), exit)
    }
}

impl<F, R> Function<Async<fn(&ExitContext) -> R>> for F where F: AsyncFnOnce(&ExitContext) -> R {}

impl<F, R> HandlerFn<Async<fn(&ExitContext) -> R>> for F
where
    F: AsyncFnOnce(&ExitContext) -> R + Send + 'static,
    R: HandlerResult,
{
    const IS_ASYNC: bool = true;

    fn call(self, exit: &ExitContext) -> Result<(), Failure> {
        run::driven(self(exit), exit)
    }
}
