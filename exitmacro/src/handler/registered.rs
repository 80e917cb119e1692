//! Handlers registered at run time: the one table of the process.
//!
//! A slot map: registering takes a free slot or appends one, unregistering looks at one slot, both in constant time at any size. Nothing is kept sorted; the run
//! sorts once, when it begins. A sequence number that is never used twice makes every id unique, also when its slot is used again.
//!
//! [`Table`] itself knows no lock and calls nothing of the user: entries go in and come out as values, and whoever takes one out drops or calls it after the lock
//! is gone.

use super::context::ExitContext;
use super::edge::{Edges, Key};
use super::fork_watch::{self, HeldLock, Inherited};
use super::{Callback, Erased, HandlerFn, Location, Rank, Returned, Source, When, owner};
use crate::error::RegisterError;
use crate::plan::scheduling::Scheduling;
use crate::{environment, forks};
use core::any::TypeId;
use core::cell::Cell;
use core::num::NonZeroU64;
use core::panic;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

static TABLE: Mutex<Table> = Mutex::new(Table::new());

/// Locks the table. No code of the user runs while the guard lives, so a poisoned lock means a fault of ours in mid-change; each change keeps the table valid.
#[inline(never)]
pub(crate) fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names one registration; see [`register`].
///
/// An id stays valid for ever and never names another handler, also when the handler is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId {
    slot: u32,
    /// Never 0, which is that of declared handlers. So an `Option` of this fits into two registers: a tracked value that is made and dropped takes a sixth less time.
    sequence: NonZeroU64,
}

impl HandlerId {
    fn of(rank: Rank) -> Self {
        Self { slot: rank.index, sequence: NonZeroU64::new(rank.sequence).unwrap_or(NonZeroU64::MAX) }
    }

    pub(crate) fn slot(self) -> usize {
        self.slot as usize
    }

    /// What no other id has.
    pub(crate) fn sequence(self) -> u64 {
        self.sequence.get()
    }
}

/// What [`unregister`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "`Running` and `Finished` mean that the handler was not stopped"]
pub enum Unregistered {
    /// The handler was waiting and now never runs.
    Removed,
    /// The handler is running, or was abandoned and may still be. It is not stopped.
    Running,
    /// The handler has run or was unregistered before.
    Finished,
}

/// What the table keeps of a handler besides what most handlers need.
#[derive(Default)]
pub(crate) struct Detail {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_caller: bool,
    pub(crate) inherit: bool,
    pub(crate) concurrent: bool,
    pub(crate) when: When,
    pub(crate) after: Cow<'static, [Key]>,
    pub(crate) before: Cow<'static, [Key]>,
    pub(crate) scheduling: Option<&'static Scheduling>,
}

impl Detail {
    pub(crate) fn edges(&self) -> Edges<'_> {
        Edges { after: &self.after, before: &self.before }
    }
}

/// A value that the table shares with its users; see [`track`](fn@crate::track).
pub(crate) trait Closable: Send + Sync {
    /// Closes it, unless that was done, or waits until it is done.
    fn close(&self, exit: &ExitContext) -> Returned;

    fn type_name(&self) -> &'static str;

    /// The type of the value, by which edges may name it.
    fn value_type(&self) -> TypeId;
}

/// What a handler of the table does.
pub(crate) enum Action {
    Call(Box<dyn Callback>),
    Close(Arc<dyn Closable>),
}

impl Action {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Call(callback) => callback.type_name(),
            Self::Close(value) => value.type_name(),
        }
    }

    pub(crate) fn run(self, exit: &ExitContext) -> Returned {
        match self {
            Self::Call(callback) => callback.call(exit),
            Self::Close(value) => value.close(exit),
        }
    }
}

/// One registered handler.
pub(crate) struct Entry {
    pub(crate) action: Action,
    detail: Option<Box<Detail>>,
    location: &'static panic::Location<'static>,
    sequence: u64,
    priority: i32,
}

impl Entry {
    pub(crate) fn name(&self) -> Cow<'static, str> {
        self.detail.as_ref().and_then(|detail| detail.name.clone()).unwrap_or_else(|| Cow::Borrowed(self.action.type_name()))
    }

    pub(crate) fn source(&self) -> Source {
        match self.action {
            Action::Call(_) => Source::Registered,
            Action::Close(_) => Source::Tracked,
        }
    }

    pub(crate) fn rank(&self, index: u32) -> Rank {
        Rank { priority: self.priority, sequence: self.sequence, index }
    }

    pub(crate) fn location(&self) -> Location {
        Location::new(self.location.file(), self.location.line())
    }

    pub(crate) fn priority(&self) -> i32 {
        self.priority
    }

    pub(crate) fn into_name_and_action(self) -> (Cow<'static, str>, Action) {
        let name = self.detail.and_then(|detail| detail.name).unwrap_or_else(|| Cow::Borrowed(self.action.type_name()));
        (name, self.action)
    }

    /// Its own timeout, or else the one that the program gives to all.
    pub(crate) fn limit(&self, default: Duration) -> Duration {
        self.detail.as_ref().and_then(|detail| detail.timeout).unwrap_or(default)
    }

    pub(crate) fn has_timeout(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.timeout.is_some())
    }

    pub(crate) fn edges(&self) -> Edges<'_> {
        self.detail.as_ref().map_or(Edges::NONE, |detail| detail.edges())
    }

    pub(crate) fn is_concurrent(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.concurrent)
    }

    pub(crate) fn ends(&self) -> When {
        self.detail.as_ref().map_or(When::Always, |detail| detail.when)
    }

    /// The type of a tracked value.
    pub(crate) fn value_type(&self) -> Option<TypeId> {
        match &self.action {
            Action::Call(_) => None,
            Action::Close(value) => Some(value.value_type()),
        }
    }

    /// What puts it in order, where sorting by rank does not.
    fn scheduling(&self) -> Option<&'static Scheduling> {
        self.detail.as_ref().and_then(|detail| detail.scheduling)
    }

    fn is_inherited(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.inherit)
    }

    pub(crate) fn wants_caller(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.on_caller)
    }
}

enum Slot {
    /// The next free slot, or [`NO_SLOT`].
    Free(u32),
    Live(Entry),
}

/// No slot has this number: it is the length limit of the table.
const NO_SLOT: u32 = u32::MAX;

/// Whether the run has not begun, goes on, or is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Running,
    Closed,
}

pub(crate) struct Table {
    slots: Vec<Slot>,
    first_free: u32,
    last_sequence: u64,
    /// How many handlers the calling process may run.
    live: u32,
    phase: Phase,
    /// Up to here, registrations are those of the process that this one was forked from; 0 in one that was not forked.
    foreign_up_to: u64,
    /// Up to here, registrations were there when the owner of them forked, so that a child may adopt them.
    heritage_up_to: u64,
    /// Whether the calling process is the one that declared the handlers, or has adopted them.
    is_owners: bool,
    /// Up to here, registrations were adopted.
    adopted_up_to: u64,
    /// Registered since the run began. It may name handlers that are gone.
    late: BinaryHeap<Rank>,
    /// Taken, and not known to have ended.
    running: Vec<HandlerId>,
    /// The process that registered what is in here; 0 before the first registration.
    owner: u64,
    /// What puts in order all that was ever in here, where sorting does not.
    scheduling: Option<&'static Scheduling>,
    /// Unregistered since the run began, and not reported yet to whoever keeps the order.
    gone: Vec<HandlerId>,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            first_free: NO_SLOT,
            last_sequence: 0,
            live: 0,
            phase: Phase::Open,
            foreign_up_to: 0,
            heritage_up_to: 0,
            is_owners: true,
            adopted_up_to: 0,
            late: BinaryHeap::new(),
            running: Vec::new(),
            owner: 0,
            scheduling: None,
            gone: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether the table knows in which process it is. Only a child of a bare `clone` ever gets `false`: in others [`forks::watch`] told it.
    pub(crate) fn is_ours(&self) -> bool {
        self.owner == 0 || self.owner == owner::me()
    }

    /// Puts a handler in. A refused one is handed back, so that it is dropped after the lock.
    fn insert(&mut self, mut entry: Entry) -> Result<HandlerId, (RegisterError, Entry)> {
        if self.phase == Phase::Closed {
            return Err((RegisterError::Finished, entry));
        }
        if self.reserve().is_err() {
            return Err((RegisterError::OutOfMemory, entry));
        }
        self.last_sequence += 1;
        self.live += 1;
        entry.sequence = self.last_sequence;
        self.scheduling = self.scheduling.or(entry.scheduling());
        let mut rank = entry.rank(NO_SLOT);
        rank.index = self.place(entry);
        if self.phase == Phase::Running {
            self.late.push(rank);
        }
        Ok(HandlerId::of(rank))
    }

    /// Makes sure that the next insertion allocates nothing.
    fn reserve(&mut self) -> Result<(), ()> {
        if self.first_free == NO_SLOT {
            if self.slots.len() == NO_SLOT as usize {
                return Err(());
            }
            self.slots.try_reserve(1).map_err(drop)?;
        }
        if self.phase == Phase::Running {
            self.late.try_reserve(1).map_err(drop)?;
        }
        Ok(())
    }

    fn place(&mut self, entry: Entry) -> u32 {
        let slot = self.first_free;
        if slot == NO_SLOT {
            self.slots.push(Slot::Live(entry));
            return self.slots.len() as u32 - 1;
        }
        if let Slot::Free(next) = core::mem::replace(&mut self.slots[slot as usize], Slot::Live(entry)) {
            self.first_free = next;
        }
        slot
    }

    /// Takes a waiting handler out.
    pub(crate) fn remove(&mut self, id: HandlerId) -> Result<Entry, Unregistered> {
        if self.holds(id) {
            let freed = Slot::Free(self.first_free);
            if let Slot::Live(entry) = core::mem::replace(&mut self.slots[id.slot as usize], freed) {
                self.first_free = id.slot;
                self.live -= 1;
                return Ok(entry);
            }
        }
        Err(if self.running.contains(&id) { Unregistered::Running } else { Unregistered::Finished })
    }

    /// The handler at that rank, if it waits.
    pub(crate) fn entry(&self, rank: Rank) -> Option<&Entry> {
        match self.slots.get(rank.index as usize) {
            Some(Slot::Live(entry)) if entry.sequence == rank.sequence => Some(entry),
            _ => None,
        }
    }

    /// What puts the handlers in order, where sorting does not: one of them has edges, or runs
    /// beside others.
    pub(crate) fn scheduling(&self) -> Option<&'static Scheduling> {
        self.scheduling
    }

    /// The next one of those that were registered since the run began, the first one first.
    pub(crate) fn next_latecomer(&mut self) -> Option<Rank> {
        while let Some(rank) = self.late.pop() {
            if self.holds(HandlerId::of(rank)) {
                return Some(rank);
            }
        }
        None
    }

    pub(crate) fn has_latecomers(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whoever keeps the order has seen them all.
    pub(crate) fn forget_latecomers(&mut self) {
        self.late.clear();
    }

    /// Takes back a handler on behalf of the user, and remembers that for [`next_gone`](Self::next_gone).
    fn unregister(&mut self, id: HandlerId) -> Result<Entry, Unregistered> {
        let entry = self.remove(id)?;
        // Without memory for that, whoever waits for the handler waits until its turn would have come.
        if self.phase == Phase::Running && self.scheduling.is_some() && self.gone.try_reserve(1).is_ok() {
            self.gone.push(id);
        }
        Ok(entry)
    }

    pub(crate) fn next_gone(&mut self) -> Option<HandlerId> {
        self.gone.pop()
    }

    /// From now on, new handlers are also put in the queue of latecomers, for the order of the others is settled.
    pub(crate) fn begin_run(&mut self) {
        self.phase = Phase::Running;
    }

    /// Of the waiting handlers, in the order of their slots, the last one first. As long as no slot was used twice that is the newest first.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> + '_ {
        self.entries().rev().map(|(index, entry)| entry.rank(index))
    }

    /// The waiting handlers and their slots.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = (u32, &Entry)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| match slot {
            Slot::Live(entry) if self.owns(entry) => Some((index as u32, entry)),
            Slot::Live(_) | Slot::Free(_) => None,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.live as usize
    }

    /// The rank of the first of those registered since the run began, when it goes before `other`. Ranks whose handlers are gone are thrown away.
    pub(crate) fn latecomer_before(&mut self, other: Option<Rank>) -> Option<Rank> {
        while let Some(&rank) = self.late.peek() {
            if self.holds(HandlerId::of(rank)) {
                return (Some(rank) > other).then_some(rank);
            }
            self.late.pop();
        }
        None
    }

    fn holds(&self, id: HandlerId) -> bool {
        matches!(self.slots.get(id.slot as usize), Some(Slot::Live(entry)) if entry.sequence == id.sequence.get() && self.owns(entry))
    }

    fn owns(&self, entry: &Entry) -> bool {
        !is_parents(entry.sequence, self.foreign_up_to, self.adopted_up_to) || entry.is_inherited()
    }

    /// Takes a handler out in order to run it; `None` when it is gone.
    pub(crate) fn take(&mut self, rank: Rank) -> Option<(HandlerId, Entry)> {
        let id = HandlerId::of(rank);
        let entry = self.remove(id).ok()?;
        // Without memory for that, `unregister` says of it that it has finished.
        if self.running.try_reserve(1).is_ok() {
            self.running.push(id);
        }
        Some((id, entry))
    }

    /// A handler that was taken has ended.
    pub(crate) fn ended(&mut self, id: HandlerId) {
        if let Some(position) = self.running.iter().position(|&running| running == id) {
            self.running.swap_remove(position);
        }
    }

    /// Refuses all registrations from now on.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closed;
    }

    /// Makes what is in the table foreign in a forked child, whose handlers these are not. They stay where they are, because the child may adopt them. Nothing is dropped:
    /// the values belong to the parent, and freeing memory is not allowed there. The numbering goes on, so that an id of the parent never names a handler of the child.
    pub(crate) fn disown(&mut self) {
        if self.is_owners {
            self.heritage_up_to = self.last_sequence;
        }
        self.is_owners = false;
        self.adopted_up_to = 0;
        self.make_foreign(self.last_sequence);
        self.phase = Phase::Open;
        self.late.clear();
        self.running.clear();
        self.gone.clear();
        self.owner = 0;
    }

    /// Makes all up to this registration foreign: another process has them.
    pub(crate) fn make_foreign(&mut self, up_to: u64) {
        self.foreign_up_to = up_to;
        self.live = self.entries().count() as u32;
    }

    /// The last registration that this process can adopt.
    pub(crate) fn heritage(&self) -> u64 {
        self.heritage_up_to
    }

    /// Makes the heritage the calling process's own.
    pub(crate) fn adopt(&mut self) {
        self.is_owners = true;
        self.adopted_up_to = self.heritage_up_to;
        self.live = self.entries().count() as u32;
    }
}

thread_local! {
    static HELD: HeldLock<Table> = const { Cell::new(None) };
}

impl Inherited for Table {
    fn lock() -> MutexGuard<'static, Self> {
        table()
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        Table::disown(self);
        // Here, because the table is watched whenever anything is.
        fork_watch::begin_generation();
        FOREIGN_UP_TO.store(self.foreign_up_to, Ordering::Relaxed);
        ADOPTED_UP_TO.store(0, Ordering::Relaxed);
        owner::after_fork_in_child();
        environment::inherit();
    }

    fn prepare(&mut self) {
        owner::before_fork();
    }

    fn resume(&mut self) {
        owner::after_fork_in_parent();
    }
}

/// Up to here, registrations are not the calling process's; and of those, up to here, they are after all. What the table says, to be read without its lock.
static FOREIGN_UP_TO: AtomicU64 = AtomicU64::new(0);
static ADOPTED_UP_TO: AtomicU64 = AtomicU64::new(0);

/// Whether the registration is that of a parent process, or of a child that has adopted it.
pub(crate) fn is_foreign(id: HandlerId) -> bool {
    let sequence = id.sequence.get();
    is_parents(sequence, FOREIGN_UP_TO.load(Ordering::Relaxed), ADOPTED_UP_TO.load(Ordering::Relaxed))
        || owner::given_away().is_some_and(|up_to| sequence <= up_to)
}

/// Whether a registration belongs to a parent process: it is one of the foreign ones, and was not adopted.
fn is_parents(sequence: u64, foreign_up_to: u64, adopted_up_to: u64) -> bool {
    adopted_up_to < sequence && sequence <= foreign_up_to
}

/// Makes what the calling process inherited its own.
pub(crate) fn adopt(table: &mut Table) {
    table.adopt();
    ADOPTED_UP_TO.store(table.adopted_up_to, Ordering::Relaxed);
}

/// Registers a handler; see [`register`].
pub(crate) fn insert<F, Signature>(
    function: F,
    priority: i32,
    detail: Option<Box<Detail>>,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, (RegisterError, Action)>
where
    F: HandlerFn<Signature>,
    Signature: 'static,
{
    insert_action(Action::Call(Box::new(Erased::new(function))), priority, detail, location)
}

/// Registers whatever a handler may do. What is refused is handed back, so that it is dropped where no lock is held.
pub(crate) fn insert_action(
    action: Action,
    priority: i32,
    detail: Option<Box<Detail>>,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, (RegisterError, Action)> {
    let entry = Entry { action, detail, location, sequence: 0, priority };
    // Before the lock is taken for the first time, or a fork in between would leave it locked in the child.
    forks::watch();
    let mut table = table();
    if table.owner == 0 {
        owner::note_process();
        table.owner = owner::me();
    }
    let inserted = table.insert(entry);
    drop(table);
    inserted.map_err(|(error, entry)| (error, entry.action))
}

/// Registers `function` to run at exit with priority 0, under the path of the function as its name.
///
/// It runs once, on the runner thread, when the process ends; handlers registered later run earlier. During the run it is still taken in, at its place among what
/// is left. Takes constant time. What can be registered is told by [`HandlerFn`]; for another priority, name or timeout see [`Handler`](crate::Handler).
///
/// # Errors
///
/// [`RegisterError::Finished`] after the run, [`RegisterError::OutOfMemory`] when the table cannot grow. `function` is dropped then.
///
/// ```
/// let id = exitmacro::register(|| println!("bye"))?;
/// assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[track_caller]
pub fn register<F, Signature>(function: F) -> Result<HandlerId, RegisterError>
where
    F: HandlerFn<Signature>,
    Signature: 'static,
{
    insert(function, super::priority::DEFAULT, None, panic::Location::caller()).map_err(|(error, _function)| error)
}

/// Takes back a registration. Works from any thread, during the run too, and from inside the handler itself; takes constant time.
///
/// A handler that was waiting is dropped, on the calling thread, after all locks of this crate are released.
///
/// ```
/// use exitmacro::Unregistered;
///
/// let id = exitmacro::register(|| ())?;
/// assert_eq!(exitmacro::unregister(id), Unregistered::Removed);
/// assert_eq!(exitmacro::unregister(id), Unregistered::Finished);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
pub fn unregister(id: HandlerId) -> Unregistered {
    match take_back(id) {
        Ok(_dropped_here) => Unregistered::Removed,
        Err(gone) => gone,
    }
}

/// Takes a waiting handler out, for whoever wants to call or drop it.
pub(crate) fn take_back(id: HandlerId) -> Result<Entry, Unregistered> {
    table().unregister(id)
}

#[cfg(test)]
#[path = "registered_tests.rs"]
pub(crate) mod tests;
