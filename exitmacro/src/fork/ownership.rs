//! Which process owns the handlers, so that each runs in one process only.
//!
//! The process that loaded the program owns what it declares and registers. A forked child does
//! not, unless it takes them over by [`adopt`](fn@crate::adopt), as a daemon does. So the processes
//! must agree on the owner: the ownership claim lies in memory that a child shares with its parent,
//! mapped before the first fork. The process that runs the handlers claims them first, so no other
//! process can.

use crate::handler::clock::Moment;
use crate::sys;
use crate::times::{ADOPTING_TIMEOUT, ADOPTION_BY_DAEMON_TIMEOUT, ADOPTION_TIMEOUT};
use core::time::Duration;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// The number that distinguishes the calling process from its parent and its children.
///
/// Not the process id: ids are reused, and a child in a new pid namespace may have that of its
/// parent. The fork handlers give each process a number that no other process of the tree ever had.
static NUMBER: AtomicU64 = AtomicU64::new(FIRST);

/// The number of a process that was not forked since it was loaded.
const FIRST: u64 = 1;

/// The process id that belongs to [`NUMBER`]; 0 before it is noted. A child that libc was not told
/// of, made by a bare system call, sees that it has another one.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Added to the process id of a child that libc was not told of, which has no number.
const UNSEEN: u64 = 1 << 63;

/// The pid namespace of the calling process: the number of the first process that was forked into
/// it, or 0 where the program was loaded.
static NAMESPACE: AtomicU64 = AtomicU64::new(0);

/// The process that owns the declared handlers.
static OWNER: AtomicU64 = AtomicU64::new(FIRST);

/// Whether the handlers of this process were claimed for a run, also before the first fork.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

/// The memory that a process shares with all processes that are forked from it.
static SHARED: OnceLock<Option<Shared>> = OnceLock::new();

/// What the child of the current fork must find: its number, and its place among the children.
/// Written and read under the lock of the table.
static CHILD_NUMBER: AtomicU64 = AtomicU64::new(0);
static CHILD_PLACE: AtomicUsize = AtomicUsize::new(NO_PLACE);
const NO_PLACE: usize = usize::MAX;

/// What `errno` was before the fork.
static ERROR_BEFORE: AtomicI32 = AtomicI32::new(0);

/// No process can claim the handlers any more: they have run.
const SPENT: u64 = 0;

/// The claim is changing, for the time of two stores.
const CHANGING: u64 = u64::MAX;

struct Shared {
    words: &'static [AtomicU64],
}

impl Shared {
    /// How many words come before the children.
    const HEAD: usize = 16;
    /// How many children may live at the same time and be seen. With the words before them, 64 KiB,
    /// of which a page is touched for 31 children.
    const PLACES: usize = 511;
    const WORDS: usize = Self::HEAD + Self::PLACES * Child::WORDS;

    /// The process that may run the handlers, or [`SPENT`].
    fn claim_word(&self) -> &AtomicU64 {
        &self.words[0]
    }

    /// The last registration that the adopting process inherited.
    fn given_up_to(&self) -> &AtomicU64 {
        &self.words[1]
    }

    /// The last number that was given to a process.
    fn last_number(&self) -> &AtomicU64 {
        &self.words[2]
    }

    /// Where to look for a free place first.
    fn next_place(&self) -> &AtomicU64 {
        &self.words[3]
    }

    /// The process id of the owner, where its pid namespace is that of the loaded program; 0
    /// otherwise.
    fn owner_process(&self) -> &AtomicU64 {
        &self.words[4]
    }

    /// Whether a process has said that no process will run the handlers.
    fn is_loss_said(&self) -> &AtomicU64 {
        &self.words[5]
    }

    /// Notes the process id of the calling process, which owns the handlers.
    fn note_owner_process(&self) {
        let is_same_namespace = NAMESPACE.load(Ordering::Relaxed) == 0;
        let process = if is_same_namespace { sys::process_id() } else { 0 };
        self.owner_process().store(u64::from(process), Ordering::Release);
    }

    fn child(&self, place: usize) -> Child {
        let (children, _) = self.words[Self::HEAD..].as_chunks();
        Child(&children[place])
    }

    /// All children that have a place. Each of them may adopt the handlers.
    fn children(&self) -> impl Iterator<Item = Child> {
        (0..Self::PLACES).map(|place| self.child(place))
    }

    /// Finds a place for the child with this number that is about to be forked.
    fn place(&self, number: u64) -> usize {
        let first = self.next_place().load(Ordering::Relaxed) as usize;
        let find = |is_free: fn(&Child, u64) -> bool| {
            let mut places = (0..Self::PLACES).map(|step| (first + step) % Self::PLACES);
            places.find(|&place| {
                let child = self.child(place);
                let found = child.state().load(Ordering::Acquire);
                is_free(&child, found)
                    && child
                        .state()
                        .compare_exchange(
                            found,
                            number << BITS | CLAIMED,
                            Ordering::AcqRel,
                            Ordering::Relaxed,
                        )
                        .is_ok()
            })
        };
        // Better to drop a child, for which the parent then does not wait, than to note none. A
        // living process whose end the system notes in its place keeps it.
        let Some(place) = find(Child::is_free).or_else(|| find(Child::may_be_replaced)) else {
            return NO_PLACE;
        };
        self.next_place().store(place as u64 + 1, Ordering::Relaxed);
        self.child(place).expect(number);
        place
    }

    /// Passes the claim to `to`, if `from` has it. Otherwise returns the process that has it.
    fn hand_over(&self, from: u64, to: u64) -> Result<u64, u64> {
        // An adopting process that is killed between its two stores would leave the claim like
        // that. Then it counts as taken.
        let end = Moment::now().plus(ADOPTING_TIMEOUT);
        loop {
            match self.claim_word().compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            {
                Err(CHANGING) if Moment::now() < end => sys::wait_a_moment(),
                answer => return answer,
            }
        }
    }
}

// The lowest bits of the state of a child. Above them is its number.

const BITS: u32 = 3;
const MASK: u64 = (1 << BITS) - 1;

/// A place that the process which is about to fork fills in.
const CLAIMED: u64 = 1;
/// Forked, or about to be, and has not started to run. A fork that fails gives its place back.
const EXPECTED: u64 = 2;
/// It has noted that it lives.
const ALIVE: u64 = 3;
/// Has not started to run, and `errno` was not zero after its fork: the fork failed, or a fork
/// handler of another library set `errno`.
const DOUBTFUL: u64 = 4;

/// The place of a child in the shared memory.
struct Child(&'static [AtomicU64; Child::WORDS]);

impl Child {
    const WORDS: usize = 16;

    /// Its number and what is known of it; 0 for none.
    fn state(&self) -> &AtomicU64 {
        &self.0[0]
    }

    /// When its fork began.
    fn forked_at(&self) -> Moment {
        Moment::from_bits(self.0[1].load(Ordering::Relaxed))
    }

    /// The process that forked it.
    fn parent(&self) -> u64 {
        self.0[2].load(Ordering::Relaxed)
    }

    /// Its process id, which has a meaning in its pid namespace only; 0 until the child has noted
    /// it.
    fn process(&self) -> &AtomicU64 {
        &self.0[3]
    }

    fn namespace(&self) -> &AtomicU64 {
        &self.0[4]
    }

    /// Where the system notes that it has ended or become another program.
    fn end(&self) -> sys::NotedEnd {
        let (_, end) = self.0.split_at(Self::WORDS - sys::NotedEnd::WORDS);
        sys::NotedEnd::at(end)
    }

    fn is_free(&self, state: u64) -> bool {
        match state & MASK {
            CLAIMED => false,
            EXPECTED | DOUBTFUL => self.is_overdue_at(Moment::now()),
            ALIVE => self.end().has_come() == Some(true),
            _ => true,
        }
    }

    fn may_be_replaced(&self, state: u64) -> bool {
        match state & MASK {
            ALIVE => self.end().has_come().is_none(),
            what => what == DOUBTFUL,
        }
    }

    /// Whether it should have started to run by now. It was killed at once, or was never forked.
    fn is_overdue_at(&self, now: Moment) -> bool {
        now.since(self.forked_at()) >= ADOPTION_BY_DAEMON_TIMEOUT
    }

    /// Fills in the place for a child that is about to be forked.
    fn expect(&self, number: u64) {
        self.process().store(0, Ordering::Relaxed);
        self.end().forget();
        self.0[1].store(Moment::now().to_bits(), Ordering::Relaxed);
        self.0[2].store(me(), Ordering::Relaxed);
        self.state().store(number << BITS | EXPECTED, Ordering::Release);
    }

    /// How long the calling process, which owns the handlers and ends, waits for this child.
    fn patience(&self, now: Moment) -> Option<Duration> {
        let state = self.state().load(Ordering::Acquire);
        if state >> BITS == me() {
            return None;
        }
        let process = self.process().load(Ordering::Acquire);
        let relation = match state & MASK {
            CLAIMED => return Some(ADOPTION_BY_DAEMON_TIMEOUT),
            ALIVE if process != 0 => self.relation(process as u32)?,
            // Without any child, the calling process has not forked it, or knows of its end.
            EXPECTED | ALIVE | DOUBTFUL
                if self.is_overdue_at(now) || (self.parent() == me() && !sys::has_children()) =>
            {
                return None;
            }
            // Not for long, but also when the exit began long before that fork, which another child
            // made.
            DOUBTFUL if now.since(self.forked_at()) >= ADOPTION_TIMEOUT => {
                return Some(ADOPTION_TIMEOUT);
            }
            EXPECTED | ALIVE | DOUBTFUL => return Some(Duration::MAX),
            _ => return None,
        };
        Some(match relation {
            sys::Relation::SameSession => ADOPTION_TIMEOUT,
            sys::Relation::OtherSession => ADOPTION_BY_DAEMON_TIMEOUT,
        })
    }

    /// How it is related to the calling process, if it lives and is the same program.
    fn relation(&self, process: u32) -> Option<sys::Relation> {
        let has_that_id_here =
            self.namespace().load(Ordering::Relaxed) == NAMESPACE.load(Ordering::Relaxed);
        match self.end().has_come() {
            Some(true) => None,
            // The longer wait, where its session cannot be read.
            Some(false) if has_that_id_here => sys::session_of(process),
            None if has_that_id_here => sys::relation(process),
            Some(false) | None => Some(sys::Relation::OtherSession),
        }
    }
}

fn shared() -> Option<&'static Shared> {
    SHARED.get()?.as_ref()
}

/// The number of the calling process. Async-signal-safe.
pub(crate) fn me() -> u64 {
    let (noted, process) = (PROCESS.load(Ordering::Relaxed), sys::process_id());
    if noted == process || noted == 0 {
        NUMBER.load(Ordering::Relaxed)
    } else {
        UNSEEN | u64::from(process)
    }
}

/// The number of the calling process, as far as libc reports forks: without a system call.
pub(crate) fn noted() -> u64 {
    NUMBER.load(Ordering::Relaxed)
}

/// Notes the id of the calling process, for children that libc is not told of. At load, or at the
/// first registration if no hook was installed then.
pub(crate) fn note_process() {
    if PROCESS.load(Ordering::Relaxed) == 0 {
        PROCESS.store(sys::process_id(), Ordering::Relaxed);
    }
}

/// Whether the calling process may run the declared handlers.
pub(crate) fn owns_declared() -> bool {
    is_owner(me())
}

/// Whether the process of this number may run them.
pub(crate) fn is_owner(process: u64) -> bool {
    OWNER.load(Ordering::Relaxed) == process
}

/// Whether the calling process was forked since the program was loaded: threads that it does not
/// have may have left locks of libc and std held. Also true when it has adopted the handlers.
pub(crate) fn was_forked() -> bool {
    is_forked(me())
}

/// Whether the process of this number was forked.
pub(crate) fn is_forked(process: u64) -> bool {
    process != FIRST
}

/// Maps the shared memory before the first fork, and reserves a place for the child before each.
pub(crate) fn before_fork() {
    let shared = SHARED.get_or_init(|| {
        let shared = Shared { words: sys::shared_memory(Shared::WORDS)? };
        let title =
            if HAVE_RUN.load(Ordering::Relaxed) { SPENT } else { OWNER.load(Ordering::Relaxed) };
        shared.claim_word().store(title, Ordering::Release);
        shared.last_number().store(NUMBER.load(Ordering::Relaxed), Ordering::Release);
        if title == me() {
            shared.note_owner_process();
        }
        Some(shared)
    });
    let (number, place) = match shared {
        Some(shared) => {
            let number = shared.last_number().fetch_add(1, Ordering::AcqRel) + 1;
            (number, shared.place(number))
        }
        // Without shared memory, the number only has to differ from those of its parents.
        None => (NUMBER.load(Ordering::Relaxed) + 1, NO_PLACE),
    };
    CHILD_NUMBER.store(number, Ordering::Relaxed);
    CHILD_PLACE.store(place, Ordering::Relaxed);
    // Last, so that an error that is found there after the fork is the fork's.
    ERROR_BEFORE.store(sys::clear_error(), Ordering::Relaxed);
}

/// Gives the place of the child back, if there is none. If the fork may have failed, and there are
/// children, notes that in the place.
pub(crate) fn after_fork_in_parent() {
    let may_have_failed = sys::restore_error(ERROR_BEFORE.load(Ordering::Relaxed));
    if let Some(shared) = shared()
        && let place @ 0..NO_PLACE = CHILD_PLACE.load(Ordering::Relaxed)
        && may_have_failed
    {
        let number = CHILD_NUMBER.load(Ordering::Relaxed);
        // A fork handler of another library may have set the error as well. Without any child, the
        // fork has failed, or its child has ended.
        let found = if sys::has_children() { number << BITS | DOUBTFUL } else { 0 };
        // A child that exists after all may have noted it by now.
        _ = shared.child(place).state().compare_exchange(
            number << BITS | EXPECTED,
            found,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
    }
}

/// Takes its number, and shows the owner that one more process may adopt.
pub(crate) fn after_fork_in_child() {
    let number = CHILD_NUMBER.load(Ordering::Relaxed);
    let process = sys::process_id();
    NUMBER.store(number, Ordering::Relaxed);
    PROCESS.store(process, Ordering::Relaxed);
    if sys::has_no_parent_here() {
        NAMESPACE.store(number, Ordering::Relaxed);
    }
    if let Some(shared) = shared()
        && let place @ 0..NO_PLACE = CHILD_PLACE.load(Ordering::Relaxed)
    {
        let child = shared.child(place);
        // The parent may mark the place as doubtful in between, but only once. A child that starts
        // to run too late may find its place taken.
        let comes_to_life = |from: u64| {
            child
                .state()
                .compare_exchange(
                    number << BITS | from,
                    number << BITS | ALIVE,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                )
                .is_ok()
        };
        if comes_to_life(EXPECTED) || comes_to_life(DOUBTFUL) {
            child.namespace().store(NAMESPACE.load(Ordering::Relaxed), Ordering::Relaxed);
            child.end().note_that_of_this_process();
            // Last, so that the owner finds all the rest.
            child.process().store(u64::from(process), Ordering::Release);
        }
    }
}

/// Claims the handlers for the calling process, which owns them as far as it knows: no other
/// process can run them then. If a child has adopted them, returns the number of the last
/// registration that it inherited.
pub(crate) fn claim() -> Result<(), u64> {
    HAVE_RUN.store(true, Ordering::Relaxed);
    let Some(shared) = shared() else { return Ok(()) };
    match shared.hand_over(me(), SPENT) {
        Ok(_) => Ok(()),
        // Also when the process that adopted them has run them by now.
        Err(_) => Err(shared.given_up_to().load(Ordering::Acquire)),
    }
}

/// The number of the last registration that another process has adopted, if a process has adopted
/// those of the calling one.
#[inline]
pub(crate) fn given_away() -> Option<u64> {
    // Most processes never fork.
    shared().and_then(given_away_of)
}

#[inline(never)]
fn given_away_of(shared: &Shared) -> Option<u64> {
    let me = me();
    // To the calling process itself: only in order to wait until the claim has settled.
    let is_given = !HAVE_RUN.load(Ordering::Relaxed) && shared.hand_over(me, me).is_err();
    (owns_declared() && is_given).then(|| shared.given_up_to().load(Ordering::Acquire))
}

/// Why the handlers cannot be adopted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// They have run.
    Spent,
    /// Another process adopted them.
    Taken,
}

/// Makes the calling process the owner. `up_to` is the last registration that it inherited.
pub(crate) fn adopt(up_to: u64) -> Result<(), Gone> {
    let me = me();
    let from = OWNER.load(Ordering::Relaxed);
    if let Some(shared) = shared()
        && from != me
    {
        shared
            .hand_over(from, CHANGING)
            .map_err(|owner| if owner == SPENT { Gone::Spent } else { Gone::Taken })?;
        // Before a process has the claim again, so that a process that finds the handlers gone
        // knows which registrations were adopted.
        shared.given_up_to().store(up_to, Ordering::Release);
        shared.note_owner_process();
        shared.claim_word().store(me, Ordering::Release);
    }
    OWNER.store(me, Ordering::Relaxed);
    Ok(())
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
    let lost_by = |shared| lost_by(shared, OWNER.load(Ordering::Relaxed), me());
    shared().and_then(lost_by).map_or(ParentsHandlers::Elsewhere, ParentsHandlers::Lost)
}

fn lost_by(shared: &Shared, owner: u64, me: u64) -> Option<u32> {
    let process = shared.owner_process().load(Ordering::Acquire) as u32;
    let now = Moment::now();
    let is_lost = owner != me
        && process != 0
        && NAMESPACE.load(Ordering::Relaxed) == 0
        // Before the claim is read: a process that has ended claims nothing any more.
        && sys::session_of(process).is_none()
        && shared.claim_word().load(Ordering::Acquire) == owner
        && shared.children().all(|child| child.patience(now).is_none());
    (is_lost && shared.is_loss_said().swap(1, Ordering::AcqRel) == 0).then_some(process)
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
        let patience = shared.children().filter_map(|child| child.patience(now)).max();
        if patience.is_none_or(|patience| now.since(since) >= patience) {
            return patience == Some(ADOPTION_BY_DAEMON_TIMEOUT);
        }
        sys::wait_a_moment();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        Shared { words: sys::shared_memory(Shared::WORDS).expect("there is memory") }
    }

    fn states(shared: &Shared) -> Vec<u64> {
        shared.children().map(|child| child.state().load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn every_child_gets_a_place_until_there_is_none() {
        let shared = shared();
        let mut places: Vec<_> =
            (0..Shared::PLACES as u64).map(|number| shared.place(number + 2)).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..Shared::PLACES));
        let before = states(&shared);
        assert_eq!(shared.place(1_000), NO_PLACE);
        assert_eq!(states(&shared), before);
    }

    #[test]
    fn places_are_used_again_when_their_children_are_gone() {
        let shared = shared();
        for number in 0..Shared::PLACES as u64 {
            shared.place(number + 2);
        }
        // One that never ran, and one whose fork failed.
        shared.child(7).0[1].store(0, Ordering::Relaxed);
        shared.child(9).state().store(0, Ordering::Relaxed);
        let mut again = [shared.place(1_000), shared.place(1_001)];
        again.sort_unstable();
        assert_eq!(again, [7, 9]);
        assert_eq!(shared.place(1_002), NO_PLACE);
        // One whose fork may have failed, or whose end nothing notes, gives way when there is no
        // other place.
        shared.child(5).state().store(6 << BITS | DOUBTFUL, Ordering::Relaxed);
        shared.child(5).0[1].store(Moment::now().to_bits(), Ordering::Relaxed);
        assert_eq!(shared.place(1_004), 5);
        shared.child(3).state().store(5 << BITS | ALIVE, Ordering::Relaxed);
        assert_eq!(shared.place(1_003), 3);
    }

    #[test]
    fn a_title_that_changes_hands_is_waited_for_and_not_for_ever() {
        let shared = shared();
        shared.claim_word().store(CHANGING, Ordering::Relaxed);
        let since = Moment::now();
        assert_eq!(shared.hand_over(2, 3), Err(CHANGING));
        assert!(
            Moment::now().since(since) >= Duration::from_millis(500),
            "the adopting process had no time to finish"
        );
        shared.claim_word().store(2, Ordering::Relaxed);
        assert_eq!((shared.hand_over(2, 3), shared.hand_over(2, 3)), (Ok(2), Err(3)));
    }

    #[cfg(unix)]
    #[test]
    fn handlers_are_lost_when_their_owner_is_gone_and_no_process_is_left_for_them() {
        const OWNER: u64 = 77;
        let (shared, me) = (shared(), OWNER + 1);
        let mut child = std::process::Command::new("true").spawn().expect("it starts");
        let gone = child.id();
        child.wait().expect("it ends");
        shared.claim_word().store(OWNER, Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, me), None, "its process id is not known");
        shared.owner_process().store(u64::from(std::process::id()), Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, me), None, "it lives");
        shared.owner_process().store(u64::from(gone), Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, OWNER), None, "the owner itself asks");
        shared.claim_word().store(SPENT, Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, me), None, "they have run");
        shared.claim_word().store(OWNER, Ordering::Relaxed);
        let place = shared.place(me + 1);
        shared.child(place).0[2].store(me + 2, Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, me), None, "another child may adopt them");
        shared.child(place).state().store(0, Ordering::Relaxed);
        assert_eq!(lost_by(&shared, OWNER, me), Some(gone));
        assert_eq!(lost_by(&shared, OWNER, me), None, "it was said");
    }

    #[test]
    fn nothing_is_waited_for_but_children() {
        let shared = shared();
        let now = Moment::now();
        assert!(shared.children().all(|child| child.patience(now).is_none()));
        let place = shared.place(me() + 1);
        let child = shared.child(place);
        // Another process forked it, or else it matters whether the tests have children.
        child.0[2].store(me() + 2, Ordering::Relaxed);
        assert_eq!(child.patience(Moment::now()), Some(Duration::MAX));
        assert_eq!(child.patience(Moment::now().plus(ADOPTION_BY_DAEMON_TIMEOUT)), None);
        // One whose fork may have failed.
        child.state().store((me() + 1) << BITS | DOUBTFUL, Ordering::Relaxed);
        let forked_at = child.forked_at();
        let patience = [0, 49, 50, 999, 1_000].map(|milliseconds| {
            child.patience(forked_at.plus(Duration::from_millis(milliseconds)))
        });
        let short = Some(Duration::from_millis(50));
        assert_eq!(patience, [Some(Duration::MAX), Some(Duration::MAX), short, short, None]);
        child.state().store(me() << BITS | EXPECTED, Ordering::Relaxed);
        assert_eq!(child.patience(Moment::now()), None);
    }
}
