//! Which cells each thread has guards of, and where it took them. A thread that stops for good
//! never drops them, and the run must know that.
//!
//! Each thread keeps its own record: all threads that use a cell would write a count in it. The
//! record has no destructor, so that it also works on a thread that is ending. In a forked child it
//! is right, because the only thread there is a copy of the forking one.
//!
//! A thread that std stops calls no code of this crate. So, where the system shows such a thread,
//! the record stands in a table that other threads can read. A thread that ends leaves its place
//! behind, and another thread takes it over.

use crate::sys::{StaticRef, ThreadWatch};
use core::cell::Cell;
use core::panic::Location;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicUsize};

/// Of how many cells, or at how many places, a thread can take guards and still be asked about
/// them. Further guards are not recorded.
const CELLS: usize = 16;

/// Of how many threads other threads can read the record. Further threads keep a private one.
const THREADS: usize = 64;

/// How many places a thread checks for one whose thread has ended. The next thread checks the
/// places behind them.
const LOOKS: usize = 4;

/// Where a guard was taken, in the source.
pub(crate) type TakenAt = &'static Location<'static>;

/// The address of a cell, and how many guards of it were taken where; free when none are left.
struct Place {
    cell: AtomicUsize,
    count: AtomicU32,
    taken_at: StaticRef<Location<'static>>,
}

impl Place {
    const fn new() -> Self {
        Self { cell: AtomicUsize::new(0), count: AtomicU32::new(0), taken_at: StaticRef::new() }
    }

    /// For the thread that writes it; `None` when it is free.
    fn get(&self) -> Option<(usize, u32)> {
        Some((self.cell.load(Relaxed), self.count.load(Relaxed))).filter(|&(_, count)| count > 0)
    }

    /// The cell first: other threads must not see the number of one next to the address of another.
    #[inline]
    fn start(&self, cell: usize, taken_at: TakenAt) {
        self.cell.store(cell, Release);
        self.taken_at.set(taken_at);
        self.count.store(1, Release);
    }

    #[inline]
    fn set_count(&self, count: u32) {
        self.count.store(count, Release);
    }

    fn is_of_guards_like(&self, cell: usize, taken_at: TakenAt) -> bool {
        self.get().is_some_and(|(other, _)| other == cell)
            && self.taken_at.get().is_some_and(|other| core::ptr::eq(other, taken_at))
    }

    /// For other threads: how many guards of the cell.
    fn count_of(&self, cell: usize) -> u32 {
        let count = self.count.load(Acquire);
        if self.cell.load(Acquire) == cell { count } else { 0 }
    }
}

/// Which place of its thread's record counts a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u8);

impl Slot {
    /// Of a guard that is not recorded.
    const NONE: Self = Self(u8::MAX);
}

/// The guards of one thread.
struct Record {
    /// The number of its [`ThreadWatch`], 0 for none.
    thread: AtomicU32,
    places: [Place; CELLS],
}

impl Record {
    const fn new() -> Self {
        Self { thread: AtomicU32::new(0), places: [const { Place::new() }; CELLS] }
    }

    fn has(&self, cell: usize) -> bool {
        self.places.iter().any(|place| place.count_of(cell) > 0)
    }
}

/// The records that other threads can read.
struct Table {
    records: [Record; THREADS],
    /// The first place that is checked by the next thread for which no place is free.
    next: AtomicUsize,
}

impl Table {
    const fn new() -> Self {
        Self { records: [const { Record::new() }; THREADS], next: AtomicUsize::new(0) }
    }

    /// A place for the thread of that number. `None` when no place is free, and the threads of the
    /// checked places live.
    fn find_place(&self, me: u32) -> Option<&Record> {
        let take = |record: &Record, from| {
            record.thread.compare_exchange(from, me, AcqRel, Relaxed).is_ok()
        };
        let free =
            self.records.iter().find(|record| record.thread.load(Relaxed) == 0 && take(record, 0));
        free.or_else(|| self.take_over(take))
    }

    /// Takes the place of a thread that has ended.
    fn take_over(&self, take: impl Fn(&Record, u32) -> bool) -> Option<&Record> {
        let first = self.next.fetch_add(LOOKS, Relaxed);
        let record = (first..first.wrapping_add(LOOKS))
            .map(|index| &self.records[index % THREADS])
            .find(|record| {
                let thread = record.thread.load(Relaxed);
                !ThreadWatch::from_number(thread).exists() && take(record, thread)
            })?;
        // Guards that it never dropped.
        record.places.iter().for_each(|place| place.set_count(0));
        Some(record)
    }
}

static TABLE: Table = Table::new();

/// Where a thread keeps its record.
#[derive(Clone, Copy)]
enum Kept {
    /// It has had no guard so far.
    Nowhere,
    InTable(&'static Record),
    /// Where only this thread finds it.
    Apart,
}

thread_local! {
    static KEPT: Cell<Kept> = const { Cell::new(Kept::Nowhere) };
    static APART: Record = const { Record::new() };
}

/// What the calling thread has guards of. Set when the first cell is filled: other programs do not
/// contain it, and do not touch the memory of a thread's thread-locals.
static BORROWED: StaticRef<fn() -> Borrowed> = StaticRef::new();

/// The cells that a thread had guards of, by their addresses.
pub(crate) type Borrowed = [usize; CELLS];

/// Notes that there will be guards.
pub(crate) fn begin() {
    BORROWED.set(&(borrowed_here as fn() -> Borrowed));
}

/// Counts one more guard of the cell at that address.
#[inline]
pub(crate) fn borrow(cell: usize, taken_at: TakenAt) -> Slot {
    match KEPT.get() {
        Kept::InTable(record) => add(record, cell, taken_at),
        Kept::Apart => APART.with(|record| add(record, cell, taken_at)),
        Kept::Nowhere => borrow_first(cell, taken_at),
    }
}

#[cold]
fn borrow_first(cell: usize, taken_at: TakenAt) -> Slot {
    KEPT.set(find_place().map_or(Kept::Apart, Kept::InTable));
    borrow(cell, taken_at)
}

fn find_place() -> Option<&'static Record> {
    if !ThreadWatch::CAN_LOOK {
        return None;
    }
    TABLE.find_place(ThreadWatch::current().to_number())
}

/// One more guard, usually the only one of the thread.
#[inline]
fn add(record: &Record, cell: usize, taken_at: TakenAt) -> Slot {
    if record.places[0].get().is_none() {
        record.places[0].start(cell, taken_at);
        Slot(0)
    } else {
        add_one_more(record, cell, taken_at)
    }
}

/// A thread that has several guards. Those of one cell that were taken at one place in the source
/// are counted together.
fn add_one_more(record: &Record, cell: usize, taken_at: TakenAt) -> Slot {
    let numbered = || (0..).zip(&record.places);
    if let Some((slot, place)) =
        numbered().find(|(_, place)| place.is_of_guards_like(cell, taken_at))
    {
        place.set_count(place.get().map_or(0, |(_, count)| count) + 1);
        return Slot(slot);
    }
    numbered().find(|(_, place)| place.get().is_none()).map_or(Slot::NONE, |(slot, place)| {
        place.start(cell, taken_at);
        Slot(slot)
    })
}

/// Undoes [`borrow`], on the same thread.
#[inline]
pub(crate) fn give_back(cell: usize, slot: Slot) {
    match KEPT.get() {
        Kept::InTable(record) => subtract(record, cell, slot),
        Kept::Apart => APART.with(|record| subtract(record, cell, slot)),
        Kept::Nowhere => {}
    }
}

#[inline]
fn subtract(record: &Record, cell: usize, slot: Slot) {
    if let Some(place) = record.places.get(usize::from(slot.0))
        && let Some((_, count)) = place.get().filter(|&(other, _)| other == cell)
    {
        place.set_count(count - 1);
    }
}

/// What the calling thread has guards of.
pub(crate) fn borrowed() -> Borrowed {
    BORROWED.get().map_or([0; CELLS], |borrowed| borrowed())
}

fn borrowed_here() -> Borrowed {
    let of = |record: &Record| {
        core::array::from_fn(|index| record.places[index].get().map_or(0, |(cell, _)| cell))
    };
    match KEPT.get() {
        Kept::InTable(record) => of(record),
        Kept::Apart => APART.with(of),
        Kept::Nowhere => [0; CELLS],
    }
}

/// Whether a thread for which `is_stopped` is true has guards of the cell at that address.
pub(crate) fn is_borrowed_by(cell: usize, is_stopped: impl Fn(ThreadWatch) -> bool) -> bool {
    TABLE.records.iter().any(|record| {
        let thread = record.thread.load(Acquire);
        // Once more when it has stopped: it may have dropped them just before.
        thread != 0
            && record.has(cell)
            && is_stopped(ThreadWatch::from_number(thread))
            && record.has(cell)
    })
}

/// Guards of a cell: those that the thread `thread` took at the place `taken_at` in the source.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) thread: ThreadWatch,
    pub(crate) taken_at: TakenAt,
    pub(crate) count: u32,
}

/// The guards of the cell at that address, as far as other threads can read of them.
pub(crate) fn held(cell: usize) -> impl Iterator<Item = Held> {
    TABLE.records.iter().flat_map(move |record| {
        let thread = ThreadWatch::from_number(record.thread.load(Acquire));
        record.places.iter().filter_map(move |place| {
            let (count, taken_at) = (place.count_of(cell), place.taken_at.get()?);
            (count > 0).then_some(Held { thread, taken_at, count })
        })
    })
}

/// To be called in a forked child, where the calling thread has another number.
pub(crate) fn survive() {
    if let Kept::InTable(record) = KEPT.get() {
        record.thread.store(ThreadWatch::current().to_number(), Release);
    }
}

#[cfg(test)]
#[path = "borrows_tests.rs"]
mod tests;
