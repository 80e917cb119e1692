//! Which process owns the handlers, so that each runs in one process only.
//!
//! The process that loaded the program owns what it declares and registers. A forked child does not, unless it takes them over by [`adopt`](fn@crate::adopt), as a daemon
//! does. For that the processes must agree on who has them: the title lies in memory that a child shares with its parent, made before the first fork. Whoever runs the
//! handlers takes the title first, so nobody else can.

use super::moment::Moment;
use crate::sys;
use core::time::Duration;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// The process that declared the handlers; 0 when no hook was installed at load.
static LOADED_BY: AtomicU32 = AtomicU32::new(0);

/// Whether the handlers of this process were taken for a run, also when that was before the first fork.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

/// What a process shares with all that are forked from it.
static SHARED: OnceLock<Option<Shared>> = OnceLock::new();

/// Nobody has the title any more: the handlers ran.
const SPENT: u64 = 0;

/// The title is changing hands, for the time of two stores.
const CHANGING: u64 = u64::MAX;

struct Shared {
    words: &'static [AtomicU64],
}

impl Shared {
    /// The process that may run the handlers, or [`SPENT`].
    fn title(&self) -> &AtomicU64 {
        &self.words[0]
    }

    /// The last registration that went to the adopting process.
    fn given_up_to(&self) -> &AtomicU64 {
        &self.words[1]
    }

    /// How many forks have begun.
    fn forks(&self) -> &AtomicU64 {
        &self.words[2]
    }

    /// How many children have noted that they live. One that was forked a moment ago may not have come to that.
    fn births(&self) -> &AtomicU64 {
        &self.words[3]
    }

    /// When the last fork began.
    fn last_fork(&self) -> &AtomicU64 {
        &self.words[5]
    }

    /// How many children have taken a place among the latest.
    fn places(&self) -> &AtomicU64 {
        &self.words[4]
    }

    /// The latest of the children, each of which may adopt.
    fn children(&self) -> &[AtomicU64] {
        &self.words[6..]
    }

    /// Gives the title to `to`, if `from` has it. Otherwise the answer is who has it.
    fn hand_over(&self, from: u64, to: u64) -> Result<u64, u64> {
        // An adopting process that is killed between its two stores would leave the title like that. Then it counts as taken.
        const PATIENCE: u32 = 1_000;
        let mut waited = 0;
        loop {
            match self.title().compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire) {
                Err(CHANGING) if waited < PATIENCE => sys::wait_a_moment(),
                answer => return answer,
            }
            waited += 1;
        }
    }
}

fn shared() -> Option<&'static Shared> {
    SHARED.get()?.as_ref()
}

/// Remembers the calling process as the owner of the declared handlers.
pub(crate) fn loaded() {
    LOADED_BY.store(sys::process_id(), Ordering::Relaxed);
}

/// Whether the calling process may run the declared handlers.
pub(crate) fn owns_declared() -> bool {
    let owner = LOADED_BY.load(Ordering::Relaxed);
    owner == 0 || owner == sys::process_id()
}

/// Whether the calling process is known to be a child of the one that loaded the program.
pub(crate) fn is_forked_child() -> bool {
    !owns_declared()
}

/// Lays out the title before the first fork, and counts the forks.
pub(crate) fn before_fork() {
    let shared = SHARED.get_or_init(|| {
        let shared = Shared { words: sys::shared_memory()? };
        let owner = Some(LOADED_BY.load(Ordering::Relaxed)).filter(|&owner| owner != 0).unwrap_or_else(sys::process_id);
        let title = if HAVE_RUN.load(Ordering::Relaxed) { SPENT } else { u64::from(owner) };
        shared.title().store(title, Ordering::Release);
        Some(shared)
    });
    if let Some(shared) = shared {
        shared.last_fork().store(Moment::now().to_bits(), Ordering::Relaxed);
        shared.forks().fetch_add(1, Ordering::AcqRel);
    }
}

/// Tells the owner, in the child, that there is one more process that may adopt.
pub(crate) fn after_fork_in_child() {
    if let Some(shared) = shared() {
        let children = shared.children();
        let number = shared.places().fetch_add(1, Ordering::AcqRel) as usize;
        children[number % children.len()].store(u64::from(sys::process_id()), Ordering::Release);
        // Last, so that whoever sees the count finds the child.
        shared.births().fetch_add(1, Ordering::AcqRel);
    }
}

/// Whether the calling process, which owns the handlers as far as it knows, may run them: makes it so that nobody else can. Where a child has adopted them, the answer is
/// the number of the last registration that went with them.
pub(crate) fn take_title() -> Result<(), u64> {
    HAVE_RUN.store(true, Ordering::Relaxed);
    let Some(shared) = shared() else { return Ok(()) };
    match shared.hand_over(u64::from(sys::process_id()), SPENT) {
        Ok(_) => Ok(()),
        // Also when the one that adopted them has run them by now.
        Err(_) => Err(shared.given_up_to().load(Ordering::Acquire)),
    }
}

/// The number of the last registration that another process has adopted, if one has adopted those of the calling process.
pub(crate) fn given_away() -> Option<u64> {
    let shared = shared()?;
    let me = u64::from(sys::process_id());
    // To oneself: only in order to wait until it has settled.
    let is_given = !HAVE_RUN.load(Ordering::Relaxed) && shared.hand_over(me, me).is_err();
    (owns_declared() && is_given).then(|| shared.given_up_to().load(Ordering::Acquire))
}

/// Who has the handlers, when they cannot be adopted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// They have run.
    Spent,
    /// Another process adopted them.
    Taken,
}

/// Makes the calling process the owner. `up_to` is the last registration that it inherited.
pub(crate) fn adopt(up_to: u64) -> Result<(), Gone> {
    let me = sys::process_id();
    let from = LOADED_BY.load(Ordering::Relaxed);
    if let Some(shared) = shared()
        && from != me
    {
        shared.hand_over(u64::from(from), CHANGING).map_err(|owner| if owner == SPENT { Gone::Spent } else { Gone::Taken })?;
        // Before the title is anybody's again, so that whoever finds it gone knows what went with it.
        shared.given_up_to().store(up_to, Ordering::Release);
        shared.title().store(u64::from(me), Ordering::Release);
    }
    LOADED_BY.store(me, Ordering::Relaxed);
    Ok(())
}

/// Gives children that are about to adopt the time to do so, where the calling process ends as the parent of a daemon does.
///
/// A parent that daemonizes exits at once, without knowing whether its child is going to adopt. So it waits as long as a child lives that has not become another program:
/// in a session of its own, the mark of a daemon, for a second; in the same one for a moment. A child that was forked less than a second ago may not even have come to life.
pub(crate) fn await_heirs() {
    const FOR_A_DAEMON: Duration = Duration::from_secs(1);
    const FOR_ANY_CHILD: Duration = Duration::from_millis(50);
    let Some(shared) = shared() else { return };
    let me = u64::from(sys::process_id());
    let since = Moment::now();
    while shared.title().load(Ordering::Acquire) == me {
        let others = shared.children().iter().map(|child| child.load(Ordering::Acquire)).filter(|&child| child != 0 && child != me);
        let patience = others.filter_map(|child| {
            Some(match sys::kin(child as u32)? {
                sys::Kin::OtherSession => FOR_A_DAEMON,
                sys::Kin::SameSession => FOR_ANY_CHILD,
            })
        });
        let now = Moment::now();
        let may_be_unborn = shared.births().load(Ordering::Acquire) < shared.forks().load(Ordering::Acquire)
            && now.since(Moment::from_bits(shared.last_fork().load(Ordering::Relaxed))) < FOR_A_DAEMON;
        if !may_be_unborn && patience.max().is_none_or(|patience| now.since(since) >= patience) {
            return;
        }
        sys::wait_a_moment();
    }
}
