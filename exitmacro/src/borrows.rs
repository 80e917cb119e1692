//! Which cells each thread has guards of. A thread that stops for good never drops them, and the
//! run must know that.
//!
//! Each thread keeps its own record: all threads that use a cell would write a count in it. The
//! record has no destructor, so that it also works on a thread that is ending. In a forked child it
//! is right, because the only thread there is a copy of the forking one.
//!
//! A thread that std stops calls no code of this crate. So, where the system shows such a thread,
//! the record stands in a table that other threads can read. A thread that ends leaves its place
//! behind, and another thread takes it over.

use crate::sys::ThreadWatch;
use core::cell::Cell;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};

/// Of how many cells a thread can have guards and still be asked about them. Further guards are not
/// recorded.
const CELLS: usize = 16;

/// Of how many threads other threads can read the record. Further threads keep a private one.
const THREADS: usize = 64;

/// How many places a thread checks for one whose thread has ended. The next thread checks the
/// places behind them.
const LOOKS: usize = 4;

/// The address of a cell, and how many guards of it there are; free when none are.
struct Place {
    cell: AtomicUsize,
    count: AtomicU32,
}

impl Place {
    const fn new() -> Self {
        Self { cell: AtomicUsize::new(0), count: AtomicU32::new(0) }
    }

    /// For the thread that writes it; `None` when it is free.
    fn get(&self) -> Option<(usize, u32)> {
        Some((self.cell.load(Relaxed), self.count.load(Relaxed))).filter(|&(_, count)| count > 0)
    }

    /// The cell first: other threads must not see the number of one next to the address of another.
    fn set(&self, cell: usize, count: u32) {
        self.cell.store(cell, Release);
        self.count.store(count, Release);
    }

    /// For other threads.
    fn is_of(&self, cell: usize) -> bool {
        self.count.load(Acquire) > 0 && self.cell.load(Acquire) == cell
    }
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
        self.places.iter().any(|place| place.is_of(cell))
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
        record.places.iter().for_each(|place| place.set(0, 0));
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

/// Whether a cell was ever filled. Otherwise no thread need be asked, and the memory of its
/// thread-locals is not touched.
static ARE_USED: AtomicBool = AtomicBool::new(false);

/// The cells that a thread had guards of, by their addresses.
pub(crate) type Borrowed = [usize; CELLS];

/// Notes that there will be guards.
pub(crate) fn begin() {
    ARE_USED.store(true, Relaxed);
}

/// Counts one more guard of the cell at that address.
#[inline]
pub(crate) fn borrow(cell: usize) {
    match KEPT.get() {
        Kept::InTable(record) => add(record, cell),
        Kept::Apart => APART.with(|record| add(record, cell)),
        Kept::Nowhere => borrow_first(cell),
    }
}

#[cold]
fn borrow_first(cell: usize) {
    KEPT.set(find_place().map_or(Kept::Apart, Kept::InTable));
    borrow(cell);
}

fn find_place() -> Option<&'static Record> {
    if !ThreadWatch::CAN_LOOK {
        return None;
    }
    TABLE.find_place(ThreadWatch::current().to_number())
}

/// One more guard, usually the only one of the thread.
#[inline]
fn add(record: &Record, cell: usize) {
    if record.places[0].get().is_none() {
        record.places[0].set(cell, 1);
    } else {
        add_one_more(record, cell);
    }
}

/// A thread that has several guards. A cell may stand in two places.
fn add_one_more(record: &Record, cell: usize) {
    let places = &record.places;
    let is_it = |place: &&Place| place.get().is_some_and(|(other, _)| other == cell);
    if let Some(place) =
        places.iter().find(is_it).or_else(|| places.iter().find(|place| place.get().is_none()))
    {
        place.set(cell, place.get().map_or(0, |(_, count)| count) + 1);
    }
}

/// Undoes [`borrow`].
#[inline]
pub(crate) fn give_back(cell: usize) {
    match KEPT.get() {
        Kept::InTable(record) => subtract(record, cell),
        Kept::Apart => APART.with(|record| subtract(record, cell)),
        Kept::Nowhere => {}
    }
}

#[inline]
fn subtract(record: &Record, cell: usize) {
    for place in &record.places {
        if let Some((_, count)) = place.get().filter(|&(other, _)| other == cell) {
            return place.set(cell, count - 1);
        }
    }
}

/// What the calling thread has guards of.
pub(crate) fn borrowed() -> Borrowed {
    let of = |record: &Record| {
        core::array::from_fn(|index| record.places[index].get().map_or(0, |(cell, _)| cell))
    };
    if !ARE_USED.load(Relaxed) {
        return [0; CELLS];
    }
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

/// To be called in a forked child, where the calling thread has another number.
pub(crate) fn survive() {
    if let Kept::InTable(record) = KEPT.get() {
        record.thread.store(ThreadWatch::current().to_number(), Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_counted_by_their_cells() {
        begin();
        std::thread::spawn(|| {
            assert_eq!(borrowed(), [0; CELLS]);
            [8, 16, 8].into_iter().for_each(borrow);
            give_back(8);
            assert_eq!(borrowed()[..3], [8, 16, 0]);
            give_back(8);
            borrow(24);
            assert_eq!(borrowed()[..3], [24, 16, 0]);
            give_back(24);
            borrow(16);
            [16, 16].into_iter().for_each(give_back);
            assert_eq!(borrowed(), [0; CELLS]);
        })
        .join()
        .unwrap();
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn other_threads_learn_of_guards_also_after_many_threads() {
        begin();
        let mine = |cell| {
            let me = ThreadWatch::current().to_number();
            is_borrowed_by(cell, |thread| thread.to_number() == me)
        };
        for _ in 0..3 * THREADS {
            std::thread::spawn(|| borrow(40)).join().unwrap();
        }
        let is_seen = || {
            borrow(48);
            let is_seen = mine(48);
            assert!(!mine(40) && !is_borrowed_by(48, |_| false));
            give_back(48);
            assert!(!mine(48));
            is_seen
        };
        // The first one may have looked only at places whose threads live.
        assert!(
            (0..THREADS).any(|_| std::thread::scope(|scope| scope.spawn(is_seen).join().unwrap()))
        );
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn a_place_is_found_wherever_it_is() {
        // The kernel gives no thread so large a number.
        let (me, ended) = (ThreadWatch::current().to_number(), i32::MAX.cast_unsigned());
        let table = Table::new();
        table.records.iter().for_each(|record| record.thread.store(me, Relaxed));
        assert!(table.find_place(me).is_none());
        for record in table.records.iter().rev() {
            record.thread.store(0, Relaxed);
            assert!(table.find_place(me).is_some_and(|found| core::ptr::eq(found, record)));

            record.thread.store(ended, Relaxed);
            record.places[CELLS - 1].set(8, 1);
            let found = (0..THREADS / LOOKS).find_map(|_| table.find_place(me));
            assert!(found.is_some_and(|found| core::ptr::eq(found, record) && !found.has(8)));
        }
    }

    #[test]
    fn more_cells_than_can_be_kept_disturb_nothing() {
        begin();
        std::thread::spawn(|| {
            (1..=CELLS + 1).for_each(borrow);
            assert_eq!(borrowed(), core::array::from_fn(|index| index + 1));
            (1..=CELLS + 1).for_each(give_back);
            assert_eq!(borrowed(), [0; CELLS]);
        })
        .join()
        .unwrap();
    }
}
