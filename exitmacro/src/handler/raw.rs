//! What a registered handler does, with its type forgotten and mostly without memory of its own.
//!
//! `Box<dyn FnOnce>` would take an allocation for each closure that captures something. [`Action`] keeps a small one
//! in place, which needs `unsafe`: this file is the only one with it next to `sys/` and the start-up entry. It uses
//! nothing of the operating system, so Miri can run its tests.

#![allow(unsafe_code)]

use super::context::ExitContext;
use super::{Callback, Returned};
use core::any::TypeId;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr;

/// How large a callback may be that is kept in place.
const ROOM: usize = 24;

#[repr(C, align(8))]
struct Storage(MaybeUninit<[u8; ROOM]>);

/// What is asked of the callback in a [`Storage`].
enum Request<'a> {
    Call(&'a ExitContext),
    Drop,
    /// What there is to say of its type.
    Describe(&'a mut Description),
}

/// One function for all requests, because a table of functions would be addresses that the dynamic loader writes at
/// the start of the program.
///
/// # Safety
///
/// For all requests but `Describe`, which does not look at it, the storage holds a value of the callback's type, which is not used afterwards.
type Perform = unsafe fn(*mut Storage, Request<'_>) -> Returned;

/// A callback of any type, which is called at most once. Dropped, it drops the callback.
///
/// It is `Send` because callbacks are; and `Sync`, because a shared reference to it only tells the type.
pub(crate) struct Action {
    perform: Perform,
    storage: Storage,
}

/// What there is to say of the type of a callback.
#[derive(Clone, Copy)]
pub(crate) struct Description {
    /// The path of the function or closure, or the type of the value.
    pub(crate) type_name: &'static str,
    /// The type of the value that it closes, by which edges may name it.
    pub(crate) value_type: Option<TypeId>,
}

/// Tells what an [`Action`] is, also when that is gone.
#[derive(Clone, Copy)]
pub(crate) struct Describer(Perform);

impl Describer {
    pub(crate) fn description(self) -> Description {
        let mut description = Description { type_name: "", value_type: None };
        // SAFETY: to describe the type, no value is needed.
        _ = unsafe { (self.0)(ptr::null_mut(), Request::Describe(&mut description)) };
        description
    }
}

const fn fits<C>() -> bool {
    size_of::<C>() <= size_of::<Storage>() && align_of::<C>() <= align_of::<Storage>()
}

impl Action {
    pub(crate) fn new<C: Callback>(callback: C) -> Self {
        if const { fits::<C>() } {
            // SAFETY: it fits.
            unsafe { Self::in_place(callback) }
        } else {
            const { assert!(fits::<Box<C>>()) };
            // SAFETY: as asserted, a box fits.
            unsafe { Self::in_place(Box::new(callback)) }
        }
    }

    /// # Safety
    ///
    /// `C` [`fits`].
    unsafe fn in_place<C: Callback>(callback: C) -> Self {
        let mut storage = Storage(MaybeUninit::uninit());
        // SAFETY: the caller says that the storage is large enough and aligned for a `C`, and it is this function's own.
        unsafe { (&raw mut storage).cast::<C>().write(callback) };
        Self { perform: perform::<C>, storage }
    }

    /// Calls the callback, which drops whatever it owns when it returns or panics.
    pub(crate) fn run(self, exit: &ExitContext) -> Returned {
        let mut action = ManuallyDrop::new(self);
        // SAFETY: `in_place` has put both fields together, so the storage holds a callback of that type. The action is never used again, nor dropped.
        unsafe { (action.perform)(&raw mut action.storage, Request::Call(exit)) }
    }

    pub(crate) fn describer(&self) -> Describer {
        Describer(self.perform)
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        // SAFETY: `in_place` has put both fields together, so the storage holds a callback of that type. Nothing uses it after this.
        let nothing = unsafe { (self.perform)(&raw mut self.storage, Request::Drop) };
        // There is no error in it that would have to be dropped.
        core::mem::forget(nothing);
    }
}

/// # Safety
///
/// See [`Perform`]; the type is `C`.
unsafe fn perform<C: Callback>(storage: *mut Storage, request: Request<'_>) -> Returned {
    let callback = storage.cast::<C>();
    match request {
        Request::Call(exit) => {
            // SAFETY: the caller says that there is a `C` and that it is not used afterwards. `in_place` has seen to its alignment, which every `Storage` has.
            let callback = unsafe { callback.read() };
            return callback.call(exit);
        }
        // SAFETY: as above.
        Request::Drop => unsafe { callback.drop_in_place() },
        Request::Describe(description) => {
            *description = Description { type_name: C::type_name(), value_type: C::value_type() };
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "raw_tests.rs"]
mod tests;
