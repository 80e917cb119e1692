//! Handlers registered at run time: the one table of the process.
//!
//! A slot map: registering takes a free slot or appends one, unregistering looks at one slot, both
//! in constant time at any size. Nothing is kept sorted; the run sorts once, when it begins. A
//! sequence number that is never used twice makes every id unique, also when its slot is used
//! again.
//!
//! [`Table`] itself knows no lock and calls nothing of the user: entries go in and come out as
//! values, and the thread that takes one out drops or calls it after it has released the lock.

use crate::environment;
use crate::error::RegisterError;
use crate::fork::ownership;
use crate::fork::watch::{self, HeldLock, Inherited};
use crate::handler::edge::{Edges, Key};
use crate::handler::id::HandlerId;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::raw::{Action, Describer};
use crate::handler::{Location, Rank, Source, When};
use core::any::TypeId;
use core::cell::Cell;
use core::panic;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

static TABLE: Mutex<Table> = Mutex::new(Table::new());

/// Locks the table. No code of the user runs while the guard lives, so a poisoned lock means a
/// fault of ours in mid-change; each change keeps the table valid.
#[inline(never)]
pub(crate) fn table() -> MutexGuard<'static, Table> {
    lock()
}

/// The same, where no thread has it.
#[cfg(feature = "signals")]
pub(crate) fn table_if_free() -> Option<MutexGuard<'static, Table>> {
    TABLE.try_lock().ok()
}

/// The same, for what is called most often.
#[inline(always)]
fn lock() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
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
pub(crate) struct Detail {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_caller: bool,
    pub(crate) inherit: bool,
    pub(crate) concurrent: bool,
    pub(crate) when: When,
    pub(crate) after: Cow<'static, [Key]>,
    pub(crate) before: Cow<'static, [Key]>,
    pub(crate) ordered_by: Option<OrderedBy>,
    /// Where it was registered. The table sets it.
    pub(crate) location: &'static panic::Location<'static>,
}

impl Default for Detail {
    #[track_caller]
    fn default() -> Self {
        Self {
            name: None,
            timeout: None,
            on_caller: false,
            inherit: false,
            concurrent: false,
            when: When::default(),
            after: Cow::default(),
            before: Cow::default(),
            ordered_by: None,
            location: panic::Location::caller(),
        }
    }
}

impl Detail {
    pub(crate) fn edges(&self) -> Edges<'_> {
        Edges { after: &self.after, before: &self.before }
    }
}

/// Where a handler comes from, and what it asks for.
enum Origin {
    /// No more than most handlers need.
    Plain {
        priority: i32,
        location: &'static panic::Location<'static>,
    },
    Detailed {
        priority: i32,
        detail: Box<Detail>,
    },
}

impl Origin {
    fn new(
        priority: i32,
        detail: Option<Box<Detail>>,
        location: &'static panic::Location<'static>,
    ) -> Self {
        match detail {
            None => Self::Plain { priority, location },
            Some(mut detail) => {
                detail.location = location;
                Self::Detailed { priority, detail }
            }
        }
    }

    fn detail(&self) -> Option<&Detail> {
        match self {
            Self::Plain { .. } => None,
            Self::Detailed { detail, .. } => Some(detail),
        }
    }

    /// What puts it in order, where sorting by rank does not.
    fn ordered_by(&self) -> Option<OrderedBy> {
        self.detail().and_then(|detail| detail.ordered_by)
    }

    fn priority(&self) -> i32 {
        match *self {
            Self::Plain { priority, .. } | Self::Detailed { priority, .. } => priority,
        }
    }

    fn location(&self) -> Location {
        let location = match self {
            Self::Plain { location, .. } => location,
            Self::Detailed { detail, .. } => detail.location,
        };
        Location::new(location.file(), location.line())
    }

    /// Its own name, if it has one.
    fn name(&self) -> Option<&Cow<'static, str>> {
        self.detail()?.name.as_ref()
    }

    /// Its own timeout, or else the one that the program gives to all.
    fn limit(&self, default: Duration) -> Duration {
        self.detail().and_then(|detail| detail.timeout).unwrap_or(default)
    }

    /// Whether it runs at every end, on the runner.
    fn is_simple(&self) -> bool {
        self.detail().is_none_or(|detail| detail.when == When::Always && !detail.on_caller)
    }
}

/// What a report says of a handler that is not in the table any more.
pub(crate) struct Label {
    origin: Origin,
    describer: Describer,
}

impl Label {
    pub(crate) fn name(&self) -> &str {
        match self.origin.name() {
            Some(name) => name,
            None => self.describer.description().type_name,
        }
    }

    pub(crate) fn full_name(&self) -> Cow<'static, str> {
        full_name(&self.origin, self.describer)
    }

    pub(crate) fn location(&self) -> Location {
        self.origin.location()
    }

    pub(crate) fn priority(&self) -> i32 {
        self.origin.priority()
    }

    pub(crate) fn limit(&self, default: Duration) -> Duration {
        self.origin.limit(default)
    }

    pub(crate) fn is_simple(&self) -> bool {
        self.origin.is_simple()
    }
}

fn full_name(origin: &Origin, describer: Describer) -> Cow<'static, str> {
    origin.name().cloned().unwrap_or_else(|| Cow::Borrowed(describer.description().type_name))
}

/// One registered handler.
pub(crate) struct Entry {
    action: Action,
    origin: Origin,
    sequence: u64,
}

impl Entry {
    pub(crate) fn name(&self) -> Cow<'static, str> {
        full_name(&self.origin, self.action.describer())
    }

    pub(crate) fn source(&self) -> Source {
        if self.value_type().is_some() { Source::Tracked } else { Source::Registered }
    }

    pub(crate) fn rank(&self, index: u32) -> Rank {
        Rank { priority: self.origin.priority(), sequence: self.sequence, index }
    }

    pub(crate) fn location(&self) -> Location {
        self.origin.location()
    }

    pub(crate) fn priority(&self) -> i32 {
        self.origin.priority()
    }

    pub(crate) fn into_label_and_action(self) -> (Label, Action) {
        (Label { origin: self.origin, describer: self.action.describer() }, self.action)
    }

    pub(crate) fn limit(&self, default: Duration) -> Duration {
        self.origin.limit(default)
    }

    pub(crate) fn is_simple(&self) -> bool {
        self.origin.is_simple()
    }

    pub(crate) fn has_timeout(&self) -> bool {
        self.origin.detail().is_some_and(|detail| detail.timeout.is_some())
    }

    pub(crate) fn edges(&self) -> Edges<'_> {
        self.origin.detail().map_or(Edges::NONE, Detail::edges)
    }

    pub(crate) fn is_concurrent(&self) -> bool {
        self.origin.detail().is_some_and(|detail| detail.concurrent)
    }

    pub(crate) fn ends(&self) -> When {
        self.origin.detail().map_or(When::Always, |detail| detail.when)
    }

    /// The type of a tracked value.
    pub(crate) fn value_type(&self) -> Option<TypeId> {
        self.action.describer().description().value_type
    }

    fn is_inherited(&self) -> bool {
        self.origin.detail().is_some_and(|detail| detail.inherit)
    }

    pub(crate) fn wants_caller(&self) -> bool {
        self.origin.detail().is_some_and(|detail| detail.on_caller)
    }
}

enum Slot {
    /// The next free slot, or [`NO_SLOT`].
    Free(u32),
    Waiting(Entry),
    /// The handler with this sequence was taken, and is not known to have ended.
    Running(u64),
}

/// How many slots are allocated at once. They stay where they are, however many more come: a
/// registration during the run copies none.
const CHUNK: usize = 16;

/// What was found in a slot. A waiting handler is taken out with this; what else a slot holds only
/// tells what became of the handler.
pub(crate) struct Removal(Slot);

impl Removal {
    fn of_none(found: Unregistered) -> Self {
        Self(if found == Unregistered::Running { Slot::Running(0) } else { Slot::Free(NO_SLOT) })
    }

    pub(crate) fn found(&self) -> Unregistered {
        match self.0 {
            Slot::Waiting(_) => Unregistered::Removed,
            Slot::Running(_) => Unregistered::Running,
            Slot::Free(_) => Unregistered::Finished,
        }
    }

    #[inline]
    pub(crate) fn into_action(self) -> Option<Action> {
        self.into_entry().map(|entry| entry.action)
    }

    #[inline]
    fn into_entry(self) -> Option<Entry> {
        match self.0 {
            Slot::Waiting(entry) => Some(entry),
            Slot::Free(_) | Slot::Running(_) => None,
        }
    }
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
    chunks: Vec<Box<[Slot]>>,
    first_free: u32,
    last_sequence: u64,
    /// How many handlers the calling process may run.
    live: u32,
    phase: Phase,
    /// Up to here, registrations are those of the process that this one was forked from; 0 in one
    /// that was not forked.
    foreign_up_to: u64,
    /// Up to here, registrations were there when the owner of them forked, so that a child may
    /// adopt them.
    inherited_up_to: u64,
    /// Whether the calling process is the one that declared the handlers, or has adopted them.
    is_owners: bool,
    /// Up to here, registrations were adopted.
    adopted_up_to: u64,
    /// Registered since the run began. It may name handlers that are gone.
    late: BinaryHeap<Rank>,
    /// How many were taken and are not known to have ended.
    running: u32,
    /// The process that registered what is in here; 0 before the first registration.
    owner: u64,
    /// What puts in order all that was ever in here, where sorting does not.
    ordered_by: Option<OrderedBy>,
    /// Unregistered since the run began, and not reported yet to whoever keeps the order.
    gone: Vec<HandlerId>,
    /// Of those that were [taken for a lease](Self::begin_leased), and that the run has not heard
    /// of yet.
    leased: VecDeque<Label>,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            first_free: NO_SLOT,
            last_sequence: 0,
            live: 0,
            phase: Phase::Open,
            foreign_up_to: 0,
            inherited_up_to: 0,
            is_owners: true,
            adopted_up_to: 0,
            late: BinaryHeap::new(),
            running: 0,
            owner: 0,
            ordered_by: None,
            gone: Vec::new(),
            leased: VecDeque::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether the table knows in which process it is. Only a child of a bare `clone` ever gets
    /// `false`: in others the watch of forks told it.
    pub(crate) fn is_ours(&self) -> bool {
        self.owner == 0 || self.owner == ownership::me()
    }

    /// Puts a handler in, if there is [room](Self::make_room).
    fn insert(&mut self, action: Action, origin: Origin) -> HandlerId {
        self.last_sequence += 1;
        self.ordered_by = self.ordered_by.or(origin.ordered_by());
        let rank = Rank {
            priority: origin.priority(),
            sequence: self.last_sequence,
            index: self.first_free,
        };
        if let Some(slot @ &mut Slot::Free(next)) = self.slot_mut(rank.index) {
            *slot = Slot::Waiting(Entry { action, origin, sequence: rank.sequence });
            self.first_free = next;
            self.live += 1;
        }
        if self.phase == Phase::Running {
            self.late.push(rank);
            LATECOMERS.store(true, Ordering::Release);
        }
        HandlerId::of(rank)
    }

    /// Whether one more handler may be put in. To be asked first, so that a refused one stays with
    /// the caller, who drops it after the lock. The insertion allocates nothing then.
    fn make_room(&mut self) -> Result<(), RegisterError> {
        if self.phase == Phase::Closed {
            return Err(RegisterError::Finished);
        }
        let has_room = (self.first_free != NO_SLOT || self.grow().is_some())
            && (self.phase == Phase::Open || self.late.try_reserve(1).is_ok());
        if has_room { Ok(()) } else { Err(RegisterError::OutOfMemory) }
    }

    /// Adds free slots, where memory can be had.
    #[cold]
    fn grow(&mut self) -> Option<()> {
        let first = u32::try_from(self.chunks.len() * CHUNK).ok()?;
        let behind = first.checked_add(CHUNK as u32)?;
        self.chunks.try_reserve(1).ok()?;
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(CHUNK).ok()?;
        chunk.extend((first + 1..behind).map(Slot::Free));
        chunk.push(Slot::Free(self.first_free));
        self.chunks.push(chunk.into_boxed_slice());
        self.first_free = first;
        Some(())
    }

    fn slot(&self, index: u32) -> Option<&Slot> {
        self.chunks.get(index as usize / CHUNK)?.get(index as usize % CHUNK)
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        self.chunks.get_mut(index as usize / CHUNK)?.get_mut(index as usize % CHUNK)
    }

    /// The slot of a handler that waits.
    #[inline(always)]
    fn waiting(&mut self, id: HandlerId) -> Result<&mut Slot, Unregistered> {
        let (foreign_up_to, adopted_up_to) = (self.foreign_up_to, self.adopted_up_to);
        let slot = self.slot_mut(id.slot).ok_or(Unregistered::Finished)?;
        match slot {
            Slot::Waiting(entry)
                if entry.sequence == id.sequence()
                    && (!is_parents(entry.sequence, foreign_up_to, adopted_up_to)
                        || entry.is_inherited()) =>
            {
                Ok(slot)
            }
            Slot::Running(sequence) if *sequence == id.sequence() => Err(Unregistered::Running),
            _ => Err(Unregistered::Finished),
        }
    }

    /// The handler at that rank, if it waits.
    pub(crate) fn entry(&self, rank: Rank) -> Option<&Entry> {
        match self.slot(rank.index) {
            Some(Slot::Waiting(entry)) if entry.sequence == rank.sequence => Some(entry),
            _ => None,
        }
    }

    /// What puts the handlers in order, where sorting does not: one of them has edges, or runs
    /// beside others.
    pub(crate) fn ordered_by(&self) -> Option<OrderedBy> {
        self.ordered_by
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

    /// Takes back a handler on behalf of the user, and remembers that for
    /// [`next_gone`](Self::next_gone).
    fn unregister(&mut self, id: HandlerId) -> Removal {
        let freed = Slot::Free(self.first_free);
        let slot = match self.waiting(id) {
            Ok(slot) => slot,
            Err(found) => return Removal::of_none(found),
        };
        let removal = Removal(core::mem::replace(slot, freed));
        self.first_free = id.slot;
        self.live -= 1;
        if self.phase == Phase::Running && self.ordered_by.is_some() {
            self.note_gone(id);
        }
        removal
    }

    #[cold]
    fn note_gone(&mut self, id: HandlerId) {
        // Without memory for that, the handlers that wait for this one wait until its turn would
        // have come.
        if self.gone.try_reserve(1).is_ok() {
            self.gone.push(id);
        }
    }

    pub(crate) fn has_gone(&self) -> bool {
        !self.gone.is_empty()
    }

    pub(crate) fn next_gone(&mut self) -> Option<HandlerId> {
        self.gone.pop()
    }

    /// From now on, new handlers are also put in the queue of latecomers, for the order of the
    /// others is settled.
    pub(crate) fn begin_run(&mut self) {
        self.phase = Phase::Running;
    }

    /// Of the waiting handlers, in the order of their slots, the last one first. As long as no slot
    /// was used twice that is the newest first.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> + '_ {
        (0..(self.chunks.len() * CHUNK) as u32).rev().filter_map(|index| match self.slot(index) {
            Some(Slot::Waiting(entry)) if self.owns(entry) => Some(entry.rank(index)),
            _ => None,
        })
    }

    /// Whether handlers of a parent process wait in here, which the calling process does not run.
    pub(crate) fn has_foreign(&self) -> bool {
        let is_foreign = |slot: &Slot| matches!(slot, Slot::Waiting(entry) if !self.owns(entry));
        self.foreign_up_to > self.adopted_up_to
            && self.chunks.iter().any(|chunk| chunk.iter().any(is_foreign))
    }

    pub(crate) fn len(&self) -> usize {
        self.live as usize
    }

    /// The rank of the first of those registered since the run began, when it goes before `other`.
    /// Ranks whose handlers are gone are thrown away.
    #[inline]
    pub(crate) fn latecomer_before(&mut self, other: Option<Rank>) -> Option<Rank> {
        // As in most runs.
        if self.late.is_empty() { None } else { self.first_latecomer_before(other) }
    }

    #[inline(never)]
    fn first_latecomer_before(&mut self, other: Option<Rank>) -> Option<Rank> {
        while let Some(&rank) = self.late.peek() {
            if self.holds(HandlerId::of(rank)) {
                return (Some(rank) > other).then_some(rank);
            }
            self.late.pop();
        }
        None
    }

    fn holds(&self, id: HandlerId) -> bool {
        matches!(self.slot(id.slot), Some(Slot::Waiting(entry)) if entry.sequence == id.sequence() && self.owns(entry))
    }

    fn owns(&self, entry: &Entry) -> bool {
        !is_parents(entry.sequence, self.foreign_up_to, self.adopted_up_to) || entry.is_inherited()
    }

    /// Takes a handler out in order to run it; `None` when it is gone. Its slot stays its own until
    /// it has [ended](Self::ended).
    pub(crate) fn take(&mut self, rank: Rank) -> Option<(HandlerId, Entry)> {
        self.take_if(rank, || true)
    }

    /// The same, where `begins` agrees: it is only asked about a handler that waits.
    #[inline(always)]
    fn take_if(&mut self, rank: Rank, begins: impl FnOnce() -> bool) -> Option<(HandlerId, Entry)> {
        let id = HandlerId::of(rank);
        let slot = self.waiting(id).ok().filter(|_| begins())?;
        let Slot::Waiting(entry) = core::mem::replace(slot, Slot::Running(rank.sequence)) else {
            return None;
        };
        self.live -= 1;
        self.running += 1;
        Some((id, entry))
    }

    /// Has room for the labels of so many leased handlers; `false` when there is no memory for it.
    pub(crate) fn make_room_for_leased(&mut self, count: usize) -> bool {
        self.leased.try_reserve(count).is_ok()
    }

    /// Takes a leased handler out in order to run it, behind the one that has just `ended`, if that
    /// was in here. What it is, what it does, and its timeout, for which there is a `default`.
    /// `None` when it is gone, when `begins` refuses, and when another one was registered that may
    /// go before it.
    #[inline]
    pub(crate) fn begin_leased(
        &mut self,
        rank: Rank,
        ended: Option<HandlerId>,
        default: Duration,
        begins: impl FnOnce() -> bool,
    ) -> Option<(HandlerId, Action, Duration)> {
        if self.has_latecomers() {
            return None;
        }
        let (id, entry) = self.take_if(rank, begins)?;
        if let Some(ended) = ended {
            self.ended(ended);
        }
        let limit = entry.limit(default);
        let (label, action) = entry.into_label_and_action();
        self.leased.push_back(label);
        Some((id, action, limit))
    }

    /// What the leased handler is that has begun last.
    #[cfg(feature = "signals")]
    pub(crate) fn last_leased(&self) -> Option<&Label> {
        self.leased.back()
    }

    /// What the first of the leased handlers is that have begun, and were not asked for yet.
    pub(crate) fn next_leased(&mut self) -> Option<Label> {
        self.leased.pop_front()
    }

    /// A handler that was taken has ended.
    pub(crate) fn ended(&mut self, id: HandlerId) {
        let first_free = self.first_free;
        if let Some(slot @ &mut Slot::Running(sequence)) = self.slot_mut(id.slot)
            && sequence == id.sequence()
        {
            *slot = Slot::Free(first_free);
            self.first_free = id.slot;
            self.running -= 1;
        }
    }

    /// In a forked child: what runs, runs in the parent.
    fn forget_running(&mut self) {
        if self.running == 0 {
            return;
        }
        for (slot, index) in self.chunks.iter_mut().flatten().zip(0..) {
            if matches!(slot, Slot::Running(_)) {
                *slot = Slot::Free(self.first_free);
                self.first_free = index;
            }
        }
        self.running = 0;
    }

    /// Refuses all registrations from now on.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closed;
    }

    /// Makes what is in the table foreign in a forked child, whose handlers these are not. They
    /// stay where they are, because the child may adopt them. Nothing is dropped: the values belong
    /// to the parent, and freeing memory is not allowed there. The numbering goes on, so that an id
    /// of the parent never names a handler of the child.
    pub(crate) fn disown(&mut self) {
        if self.is_owners {
            self.inherited_up_to = self.last_sequence;
        }
        self.is_owners = false;
        self.adopted_up_to = 0;
        self.make_foreign(self.last_sequence);
        self.phase = Phase::Open;
        self.late.clear();
        self.forget_running();
        self.gone.clear();
        core::mem::forget(core::mem::take(&mut self.leased));
        self.owner = 0;
    }

    /// Makes all up to this registration foreign: another process has them.
    pub(crate) fn make_foreign(&mut self, up_to: u64) {
        self.foreign_up_to = up_to;
        self.live = self.ranks().count() as u32;
    }

    /// The last registration that this process can adopt.
    pub(crate) fn inherited_up_to(&self) -> u64 {
        self.inherited_up_to
    }

    /// Makes the heritage the calling process's own.
    pub(crate) fn adopt(&mut self) {
        self.is_owners = true;
        self.adopted_up_to = self.inherited_up_to;
        self.live = self.ranks().count() as u32;
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
        watch::begin_generation();
        FOREIGN_UP_TO.store(self.foreign_up_to, Ordering::Relaxed);
        ADOPTED_UP_TO.store(0, Ordering::Relaxed);
        ownership::after_fork_in_child();
        environment::inherit();
    }

    fn prepare(&mut self) {
        ownership::before_fork();
    }

    fn resume(&mut self) {
        ownership::after_fork_in_parent();
    }
}

/// Up to here, registrations are not the calling process's; and of those, up to here, they are
/// after all. What the table says, to be read without its lock.
static FOREIGN_UP_TO: AtomicU64 = AtomicU64::new(0);
static ADOPTED_UP_TO: AtomicU64 = AtomicU64::new(0);

/// Whether the registration is that of a parent process, or of a child that has adopted it.
#[inline]
pub(crate) fn is_foreign(id: HandlerId) -> bool {
    let sequence = id.sequence.get();
    is_parents(
        sequence,
        FOREIGN_UP_TO.load(Ordering::Relaxed),
        ADOPTED_UP_TO.load(Ordering::Relaxed),
    ) || ownership::given_away().is_some_and(|up_to| sequence <= up_to)
}

/// Whether a registration belongs to a parent process: it is one of the foreign ones, and was not
/// adopted.
fn is_parents(sequence: u64, foreign_up_to: u64, adopted_up_to: u64) -> bool {
    adopted_up_to < sequence && sequence <= foreign_up_to
}

/// Makes what the calling process inherited its own.
pub(crate) fn adopt(table: &mut Table) {
    table.adopt();
    ADOPTED_UP_TO.store(table.adopted_up_to, Ordering::Relaxed);
}

/// Registers whatever a handler may do, where forks are watched. What is refused is handed back, so that it is dropped where
/// no lock is held.
pub(crate) fn insert_action(
    action: Action,
    priority: i32,
    detail: Option<Box<Detail>>,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, (RegisterError, Action)> {
    let mut table = lock();
    if table.owner == 0 {
        table.owner = own();
    }
    match table.make_room() {
        Ok(()) => Ok(table.insert(action, Origin::new(priority, detail, location))),
        Err(error) => Err((error, action)),
    }
}

static LATECOMERS: AtomicBool = AtomicBool::new(false);

/// Whether the table has latecomers that the run may not have looked at, to be read without the
/// lock of the table, and written under it.
pub(crate) fn latecomers() -> &'static AtomicBool {
    &LATECOMERS
}

/// Takes a waiting handler out, for whoever wants to call or drop it.
pub(crate) fn take_back(id: HandlerId) -> Removal {
    lock().unregister(id)
}

/// The number of the calling process, which registers here for the first time.
#[cold]
fn own() -> u64 {
    ownership::note_process();
    ownership::me()
}

#[cfg(test)]
#[path = "registry_tests.rs"]
pub(crate) mod tests;
