//! Which process owns the handlers, so that each runs in one process only.
//!
//! The process that loaded the program owns what it declares and registers. A forked child does
//! not, unless it takes them over by [`adopt`](fn@crate::adopt), as a daemon does. So the processes
//! must agree on the owner: the ownership claim lies in memory that a child shares with its parent,
//! mapped before the first fork. The process that runs the handlers claims them first, so no other
//! process can.

use crate::fork::identity::{self, FIRST, me};
use crate::fork::shared_memory::{CHANGING, NO_PLACE, SPENT, SharedMemory};
use crate::handler::clock::Moment;
use crate::sys::{self, SetOnce};
use crate::times::ADOPTION_BY_DAEMON_TIMEOUT;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};

/// The process that owns the declared handlers.
static OWNER: AtomicU64 = AtomicU64::new(FIRST);

/// Whether the handlers of this process were claimed for a run, also before the first fork.
static IS_CLAIMED: AtomicBool = AtomicBool::new(false);

/// Mapped before the first fork; `None` where the system has no such memory.
static SHARED: SetOnce<Option<SharedMemory>> = SetOnce::new();

/// What the child of the current fork must find: its number, and its place among the children.
/// Written and read under the lock of the table.
static CHILD_NUMBER: AtomicU64 = AtomicU64::new(0);
static CHILD_PLACE: AtomicUsize = AtomicUsize::new(NO_PLACE);

/// What `errno` was before the fork.
static ERROR_BEFORE: AtomicI32 = AtomicI32::new(0);

fn shared() -> Option<&'static SharedMemory> {
    SHARED.get()?.as_ref()
}

/// Whether the calling process may run the declared handlers.
pub(crate) fn owns_declared() -> bool {
    is_owner(me())
}

/// Whether the process of this number may run them.
pub(crate) fn is_owner(process: u64) -> bool {
    OWNER.load(Ordering::Relaxed) == process
}

/// Maps the shared memory before the first fork, and reserves a place for the child before each.
pub(crate) fn before_fork() {
    if SHARED.get().is_none() {
        // By this thread alone, which has the lock of the table.
        _ = SHARED.set(map());
    }
    let (number, place) = match shared() {
        Some(shared) => {
            let number = shared.last_number().fetch_add(1, Ordering::AcqRel) + 1;
            (number, shared.place(number))
        }
        // Without shared memory, the number only has to differ from those of its parents.
        None => (identity::noted() + 1, NO_PLACE),
    };
    CHILD_NUMBER.store(number, Ordering::Relaxed);
    CHILD_PLACE.store(place, Ordering::Relaxed);
    // Last, so that an error that is found there after the fork is the fork's.
    ERROR_BEFORE.store(sys::clear_error(), Ordering::Relaxed);
}

fn map() -> Option<SharedMemory> {
    let shared = SharedMemory::map()?;
    let claim =
        if IS_CLAIMED.load(Ordering::Relaxed) { SPENT } else { OWNER.load(Ordering::Relaxed) };
    shared.claim_word().store(claim, Ordering::Release);
    shared.last_number().store(identity::noted(), Ordering::Release);
    if claim == me() {
        shared.note_owner_process();
    }
    Some(shared)
}

/// Gives the place of the child back, if there is none. If the fork may have failed, and there are
/// children, notes that in the place.
pub(crate) fn after_fork_in_parent() {
    let may_have_failed = sys::restore_error(ERROR_BEFORE.load(Ordering::Relaxed));
    if let Some(shared) = shared()
        && let Some(child) = shared.child(CHILD_PLACE.load(Ordering::Relaxed))
        && may_have_failed
    {
        // A fork handler of another library may have set the error as well. Without any child, the
        // fork has failed, or its child has ended.
        let may_exist = sys::has_children();
        child.doubt(CHILD_NUMBER.load(Ordering::Relaxed), may_exist);
    }
}

/// In the child: gives the calling process its number, and shows the owner of the handlers that
/// this child may adopt them.
pub(crate) fn after_fork_in_child() {
    let number = CHILD_NUMBER.load(Ordering::Relaxed);
    let process = identity::begin(number);
    if let Some(shared) = shared()
        && let Some(child) = shared.child(CHILD_PLACE.load(Ordering::Relaxed))
        && child.comes_to_life(number)
    {
        child.namespace().store(identity::namespace(), Ordering::Relaxed);
        child.end().note_that_of_this_process();
        // Last, so that the owner finds all the rest.
        child.process().store(u64::from(process), Ordering::Release);
    }
}

/// Claims the handlers for the calling process, which owns them as far as it knows: no other
/// process can run them then. If a child has adopted them, returns the number of the last
/// registration that it inherited.
pub(crate) fn claim() -> Result<(), u64> {
    IS_CLAIMED.store(true, Ordering::Relaxed);
    let Some(shared) = shared() else { return Ok(()) };
    match shared.hand_over(me(), SPENT) {
        Ok(_) => Ok(()),
        // Also when the process that adopted them has run them by now.
        Err(_) => Err(shared.adopted_from(me())),
    }
}

/// The number of the last registration that another process has adopted, if a process has adopted
/// those of the calling one.
#[inline]
pub(crate) fn adopted_elsewhere() -> Option<u64> {
    // Most processes never fork.
    shared().and_then(adopted_elsewhere_in)
}

#[inline(never)]
fn adopted_elsewhere_in(shared: &SharedMemory) -> Option<u64> {
    let me = me();
    let is_adopted = is_owner(me) && check_not_adopted(me).is_err();
    is_adopted.then(|| shared.adopted_from(me))
}

/// Whether a process is adopting handlers at this moment, so that nothing is certain of them.
#[cfg(feature = "signals")]
pub(crate) fn is_changing() -> bool {
    shared().is_some_and(|shared| shared.claim_word().load(Ordering::Acquire) == CHANGING)
}

/// Why the handlers cannot be adopted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// They have run.
    Spent,
    /// Another process adopted them.
    Taken,
    /// The owner would not learn that they were adopted.
    Unshared,
}

impl Gone {
    /// They have passed to this owner.
    fn to(owner: u64) -> Self {
        if owner == SPENT { Self::Spent } else { Self::Taken }
    }
}

/// Makes the calling process the owner. `up_to` is the last registration that it inherited.
pub(crate) fn adopt(up_to: u64) -> Result<(), Gone> {
    let me = me();
    let from = OWNER.load(Ordering::Relaxed);
    if from == me {
        return check_not_adopted(me);
    }
    let shared = shared().ok_or(Gone::Unshared)?;
    shared.hand_over(from, CHANGING).map_err(Gone::to)?;
    // Before a process has the claim again, so that a process that finds the handlers gone knows
    // which registrations were adopted.
    shared.note_adoption(from, up_to);
    shared.note_owner_process();
    shared.claim_word().store(me, Ordering::Release);
    OWNER.store(me, Ordering::Relaxed);
    Ok(())
}

/// Whether the handlers of `me`, the calling process, are still its own.
fn check_not_adopted(me: u64) -> Result<(), Gone> {
    match shared() {
        Some(shared) if !IS_CLAIMED.load(Ordering::Relaxed) => {
            // To the same process: only in order to wait until the claim has settled.
            shared.hand_over(me, me).map(drop).map_err(Gone::to)
        }
        _ => Ok(()),
    }
}

/// What a child knows about the handlers of its parent that it does not run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParentsHandlers {
    /// A process owns them that may run them, or they have run.
    Elsewhere,
    /// No process will run them: the owner, which had this process id, has ended without that, and
    /// no living process can adopt them.
    Lost(u32),
}

/// What becomes of the handlers of the process that the calling one was forked from. That they are
/// lost is told once in all processes that have the same owner.
pub(crate) fn parents_handlers() -> ParentsHandlers {
    let lost_by = |shared: &SharedMemory| shared.lost_by(OWNER.load(Ordering::Relaxed), me());
    shared().and_then(lost_by).map_or(ParentsHandlers::Elsewhere, ParentsHandlers::Lost)
}

/// Gives children that are about to adopt the handlers the time to do so, if the calling process
/// ends as the parent of a daemon does. Whether a child in a session of its own still has not.
///
/// A parent that daemonizes exits at once, without knowing whether its child is going to adopt. So
/// it waits while a child lives that has not become another program: for a second in a session of
/// its own, the mark of a daemon, and briefly in the same one. A child that was forked less than a
/// second ago may not have started to run.
pub(crate) fn await_adoption() -> bool {
    let Some(shared) = shared() else { return false };
    let since = Moment::now();
    while shared.claim_word().load(Ordering::Acquire) == me() {
        let now = Moment::now();
        let timeout = shared.children().filter_map(|child| child.adoption_timeout(now)).max();
        if timeout.is_none_or(|timeout| now.since(since) >= timeout) {
            return timeout == Some(ADOPTION_BY_DAEMON_TIMEOUT);
        }
        sys::wait_a_moment();
    }
    false
}
