//! A registered handler as a value without its type, mostly without its own memory; and a value
//! that a handler shares with the user.
//!
//! `Box<dyn FnOnce>` would allocate for each closure that captures something. [`Action`] stores a
//! small one in place, and [`Kept`] has it wait under a number. An `Arc` counts each owner that is
//! added or dropped, which is most of the cost of a value that is tracked and dropped; [`Shared`]
//! starts with two owners and may end with two. These need `unsafe`: next to `sys/` and
//! `process/hook.rs`, only this file has it. It makes no system calls, so Miri can run its tests.

#![allow(unsafe_code)]

use crate::handler::context::ExitContext;
use crate::handler::{Callback, Returned};
use core::any::TypeId;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

/// The largest callback, in bytes, that is stored in place.
const ROOM: usize = 24;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Storage(MaybeUninit<[u8; ROOM]>);

/// What a caller asks of the callback in a [`Storage`].
enum Request<'a> {
    Call(&'a ExitContext),
    Drop,
    /// Describes its type.
    Describe(&'a mut Description),
    /// Writes the id of its type.
    TellType(&'a mut TypeId),
}

/// One function for all requests, because the dynamic loader would write the addresses of a table
/// of functions at the start of the program.
///
/// # Safety
///
/// For all requests except `Describe` and `TellType`, which do not read it, the storage holds a
/// value of the callback's type, which is not used afterwards.
type Perform = unsafe fn(*mut Storage, Request<'_>) -> Returned;

/// A callback of any type, which is called at most once. Dropped, it drops the callback.
///
/// It is `Send` because callbacks are; and `Sync`, because a shared reference to it only gives the
/// type.
pub(crate) struct Action {
    perform: Perform,
    storage: Storage,
}

/// The description of a callback's type.
#[derive(Clone, Copy)]
pub(crate) struct Description {
    /// The path of the function or closure, or the type of the value.
    pub(crate) type_name: &'static str,
    /// The type of the value that it closes, by which edges may name it.
    pub(crate) value_type: Option<TypeId>,
}

/// Describes an [`Action`], also after it was called or dropped.
#[derive(Clone, Copy)]
pub(crate) struct Describer(Perform);

impl Describer {
    #[inline]
    pub(crate) fn description(self) -> Description {
        let mut description = Description { type_name: "", value_type: None };
        self.ask(Request::Describe(&mut description));
        description
    }

    #[inline]
    fn callback_type(self) -> TypeId {
        let mut callback_type = TypeId::of::<()>();
        self.ask(Request::TellType(&mut callback_type));
        callback_type
    }

    /// For requests about the type only.
    #[inline]
    fn ask(self, request: Request<'_>) {
        if let Request::Describe(_) | Request::TellType(_) = request {
            // SAFETY: these two do not read the storage.
            let nothing = unsafe { (self.0)(ptr::null_mut(), request) };
            // It contains no error that would have to be dropped.
            core::mem::forget(nothing);
        }
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
        // SAFETY: the caller guarantees that the storage is large enough and aligned for a `C`, and
        // it is local to this function.
        unsafe { (&raw mut storage).cast::<C>().write(callback) };
        Self { perform: perform::<C>, storage }
    }

    /// Calls the callback, which drops whatever it owns when it returns or panics.
    pub(crate) fn run(self, exit: &ExitContext) -> Returned {
        let mut action = ManuallyDrop::new(self);
        // SAFETY: `in_place` has set both fields, so the storage holds a callback of that type. The
        // action is never used again, nor dropped.
        unsafe { (action.perform)(&raw mut action.storage, Request::Call(exit)) }
    }

    /// Calls the callback where it is. Afterwards the action does nothing.
    #[inline(always)]
    pub(crate) fn run_in_place(&mut self, exit: &ExitContext) -> Returned {
        let perform = core::mem::replace(&mut self.perform, do_nothing);
        // SAFETY: `in_place` has set `perform` for the storage, so that holds a callback of that
        // type, which is not used again, as the action does nothing from now on. Or this function
        // has set it, and nothing reads the storage.
        unsafe { perform(&raw mut self.storage, Request::Call(exit)) }
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        // SAFETY: `in_place` has set both fields, so the storage holds a callback of that type.
        // Nothing uses it after this.
        unsafe { drop_callback(self.perform, &mut self.storage) };
    }
}

/// # Safety
///
/// See [`Perform`]; it is that of the callback in the storage.
#[inline]
unsafe fn drop_callback(perform: Perform, storage: &mut Storage) {
    // SAFETY: the caller guarantees it.
    let nothing = unsafe { perform(storage, Request::Drop) };
    // It contains no error that would have to be dropped.
    core::mem::forget(nothing);
}

/// Numbers of actions are below this.
const NUMBERS: u64 = 1 << 63;

/// An action that waits under a number, and may be lent meanwhile. To lend it moves no more than
/// the callback itself.
pub(crate) struct Kept {
    perform: Perform,
    /// Of a callback that is lent, no more than what it was.
    storage: Storage,
    /// With all bits inverted, if it is lent.
    number: u64,
}

impl Kept {
    #[inline]
    pub(crate) fn new(action: Action, number: u64) -> Self {
        let action = ManuallyDrop::new(action);
        Self { perform: action.perform, storage: action.storage, number }
    }

    /// Its number, unless it is lent.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether it has that number and is not lent.
    #[inline]
    pub(crate) fn waits_as(&self, number: u64) -> bool {
        self.number == number
    }

    /// Whether its number is not above that, and it is not lent.
    #[inline]
    pub(crate) fn waits_up_to(&self, number: u64) -> bool {
        // The inverted number of one that is lent is above.
        self.number <= number.min(NUMBERS - 1)
    }

    /// Its number, if it is lent.
    pub(crate) fn lent_number(&self) -> Option<u64> {
        self.is_lent().then_some(!self.number)
    }

    /// Whether it has that number and is lent.
    #[inline]
    pub(crate) fn is_lent_as(&self, number: u64) -> bool {
        self.number == !number
    }

    #[inline]
    pub(crate) fn is_lent(&self) -> bool {
        self.number >= NUMBERS
    }

    /// From now on this has no callback: it neither drops nor lends it. Returns whether it had one,
    /// which is the caller's then.
    #[inline]
    fn give_up(&mut self) -> bool {
        let had_one = !self.is_lent();
        if had_one {
            self.number = !self.number;
        }
        had_one
    }

    /// The action, unless it is lent.
    #[inline]
    pub(crate) fn lend(&mut self) -> Option<Action> {
        self.give_up().then(|| Action { perform: self.perform, storage: self.storage })
    }

    /// The action, unless it is lent.
    #[inline]
    pub(crate) fn into_action(mut self) -> Option<Action> {
        self.lend()
    }

    /// Drops the callback where it is, unless it is lent. To move it first, as any other drop does,
    /// takes longer.
    #[inline]
    pub(crate) fn drop_in_place(&mut self) {
        if self.give_up() {
            // SAFETY: `in_place` has set `perform` for the storage, which holds a callback of that
            // type, as it was not lent. Nothing uses it after this.
            unsafe { drop_callback(self.perform, &mut self.storage) };
        }
    }

    /// Takes the callback out, if it is of this type and not lent. A callback that does not
    /// [fit](fits) is of the type of its box.
    #[inline]
    pub(crate) fn take<C: Callback>(&mut self) -> Option<C> {
        // Functions of two types are never at one address: each tells another type. But there may
        // be several copies of one.
        let is_of_type = ptr::fn_addr_eq(self.perform, perform::<C> as Perform)
            || self.describer().callback_type() == TypeId::of::<C>();
        if !is_of_type || !self.give_up() {
            return None;
        }
        // SAFETY: `perform` is that of `C`, so `in_place` has put a `C` into the storage, from
        // where it was not lent. It is not used again, nor dropped.
        Some(unsafe { (&raw const self.storage).cast::<C>().read() })
    }

    #[inline]
    pub(crate) fn describer(&self) -> Describer {
        Describer(self.perform)
    }
}

impl Drop for Kept {
    #[inline]
    fn drop(&mut self) {
        drop(self.lend());
    }
}

/// The [`Perform`] of an action that was called.
fn do_nothing(_storage: *mut Storage, _request: Request<'_>) -> Returned {
    Ok(())
}

/// # Safety
///
/// See [`Perform`]; the type is `C`.
unsafe fn perform<C: Callback>(storage: *mut Storage, request: Request<'_>) -> Returned {
    let callback = storage.cast::<C>();
    match request {
        Request::Call(exit) => {
            // SAFETY: the caller guarantees that there is a `C` and that it is not used afterwards.
            // `in_place` has checked its alignment, which every `Storage` has.
            let callback = unsafe { callback.read() };
            return callback.call(exit);
        }
        // SAFETY: as above.
        Request::Drop => unsafe { callback.drop_in_place() },
        Request::Describe(description) => {
            *description = Description { type_name: C::type_name(), value_type: C::value_type() };
        }
        Request::TellType(callback_type) => *callback_type = TypeId::of::<C>(),
    }
    Ok(())
}

/// A value with several owners, like an `Arc` without weak references.
pub(crate) struct Shared<T>(NonNull<Counted<T>>);

struct Counted<T> {
    owners: AtomicUsize,
    value: T,
}

// SAFETY: like an `Arc`, it gives shared references to the value to all threads that have an owner,
// and any of them may drop it.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above; a shared reference to it can create another one.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Two owners of one value.
    pub(crate) fn two(value: T) -> (Self, Self) {
        let counted =
            NonNull::from(Box::leak(Box::new(Counted { owners: AtomicUsize::new(2), value })));
        (Self(counted), Self(counted))
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: it lives as long as it has owners, of which this is one. References to it are
        // shared ones, until the last owner drops it.
        unsafe { self.0.as_ref() }
    }

    /// Drops this owner. If `other` is the only other one, that only reads their number.
    #[inline]
    pub(crate) fn drop_beside(self, other: &mut Self) {
        // Acquire, because the drops of all earlier owners must come before that of the value.
        if self.0 == other.0 && self.counted().owners.load(Ordering::Acquire) == 2 {
            // This thread has both owners, so no other thread can read or change the number.
            self.counted().owners.store(1, Ordering::Relaxed);
            core::mem::forget(self);
        }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        let owners = self.counted().owners.fetch_add(1, Ordering::Relaxed);
        // As in std, so that clones that are forgotten never make the number wrap around.
        if owners > usize::MAX / 2 {
            std::process::abort();
        }
        Self(self.0)
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let owners = &self.counted().owners;
        // No other thread creates another owner of the only one while that drops, so it need not be
        // counted.
        if owners.load(Ordering::Acquire) != 1 {
            if owners.fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            // Not a fence, which ThreadSanitizer does not see.
            owners.load(Ordering::Acquire);
        }
        // SAFETY: `two` created it from a box. This is the last owner: each one counts once.
        // Earlier owners have dropped their references before this, as the number was acquired.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

#[cfg(test)]
#[path = "raw_tests.rs"]
mod tests;
