//! Handlers registered at run time: the one table of the process, and its lock.
//!
//! Code of the user is called and dropped when the lock is free again. What is asked most often is
//! kept a second time in atomics, to be read without the lock.

mod entry;
mod inheritance;
mod labels;
mod leases;
mod lent;
mod slots;
mod table;
pub(crate) mod view;

pub(crate) use entry::{Detail, Label};
pub(crate) use lent::id_of;
pub use slots::Unregistered;
pub(crate) use slots::{CHUNK, Removal};
pub(crate) use table::Table;

use crate::environment;
use crate::error::RegisterError;
use crate::fork::watch::{HeldLock, Inherited};
use crate::fork::{generation, identity, ownership};
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::sys::Locked;
use core::cell::Cell;
use core::panic;
use entry::Metadata;
use inheritance::Gap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

static TABLE: Aligned = Aligned(Mutex::new(Table::new()));

/// At the beginning of a line of the processor's cache.
#[repr(align(64))]
struct Aligned(Mutex<Table>);

/// Locks the table. No code of the user runs while the guard lives, so a poisoned lock means a
/// fault of ours in mid-change; each change keeps the table valid.
#[inline(never)]
pub(crate) fn table() -> Locked<Table> {
    Locked::new(lock())
}

/// The same, where no thread has it.
#[cfg(any(feature = "signals", windows))]
pub(crate) fn table_if_free() -> Option<Locked<Table>> {
    TABLE.0.try_lock().ok().map(Locked::new)
}

/// The same, for what is called most often.
#[inline(always)]
fn lock() -> MutexGuard<'static, Table> {
    TABLE.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a handler of any type into the table. To be called when forks are watched. A refused
/// handler stays with the caller, who drops it where no lock is held.
#[inline]
pub(crate) fn insert_action(
    action: &mut Option<Action>,
    priority: i32,
    detail: Option<Box<Detail>>,
    is_bare: bool,
    location: &'static panic::Location<'static>,
) -> Result<HandlerId, RegisterError> {
    let mut table = lock();
    if table.owner() == 0 {
        table.set_owner(own());
    }
    table.make_room()?;
    let Some(action) = action.take() else { return Err(RegisterError::Finished) };
    let id = table.insert(action, Metadata::new(priority, detail, is_bare, location));
    if table.is_running() {
        LATECOMERS.store(true, Ordering::Release);
    }
    Ok(id)
}

/// Takes a waiting handler out, to be called or dropped by the caller.
pub(crate) fn take_back(id: HandlerId) -> Removal {
    let mut table = lock();
    settle_adoption(&mut table);
    table.unregister(id)
}

static LATECOMERS: AtomicBool = AtomicBool::new(false);

/// Whether the table has latecomers that the run may not have looked at, to be read without the
/// lock of the table, and written under it.
pub(crate) fn latecomers() -> &'static AtomicBool {
    &LATECOMERS
}

/// The number of the calling process, which registers here for the first time.
#[cold]
fn own() -> u64 {
    identity::note_process();
    identity::me()
}

/// Whether the table knows in which process it is. Only a child of a bare `clone` ever gets
/// `false`: in others the watch of forks told it.
pub(crate) fn is_ours(table: &Table) -> bool {
    table.owner() == 0 || table.owner() == identity::me()
}

/// Up to here, registrations are not the calling process's; and of those, up to here, they are
/// after all. The same as in the table, to be read without its lock.
static FOREIGN_UP_TO: AtomicU64 = AtomicU64::new(0);
static ADOPTED_UP_TO: AtomicU64 = AtomicU64::new(0);
/// Except these: after the first number, up to the second.
static GAPS: [[AtomicU64; 2]; inheritance::GAPS] =
    [const { [const { AtomicU64::new(0) }; 2] }; inheritance::GAPS];

/// Whether a value belongs to a parent process, or to a child that has adopted it: by its
/// registration, and without one, as after the run, by the generation that it was made in.
#[inline]
pub(crate) fn is_foreign(id: Option<HandlerId>, made_in: u32) -> bool {
    id.map_or_else(|| made_in != generation::current(), is_registration_foreign)
}

fn is_registration_foreign(id: HandlerId) -> bool {
    let sequence = id.sequence();
    inheritance::is_parents(
        sequence,
        FOREIGN_UP_TO.load(Ordering::Relaxed),
        ADOPTED_UP_TO.load(Ordering::Relaxed),
        is_in_gap,
    ) || ownership::adopted_elsewhere().is_some_and(|up_to| sequence <= up_to)
}

#[cold]
fn is_in_gap(sequence: u64) -> bool {
    GAPS.iter()
        .map(|gap| gap.each_ref().map(|number| number.load(Ordering::Relaxed)))
        .any(|[after, up_to]| Gap { after, up_to }.has(sequence))
}

/// Makes what the calling process inherited its own.
pub(crate) fn adopt(table: &mut Table) {
    table.adopt();
    publish(table);
}

/// Makes foreign what another process has adopted of the calling one, of which only the memory that
/// they share tells. Returns whether one has.
#[inline]
fn settle_adoption(table: &mut Table) -> bool {
    let adopted_up_to = ownership::adopted_elsewhere();
    if let Some(up_to) = adopted_up_to {
        make_foreign(table, up_to);
    }
    adopted_up_to.is_some()
}

/// Whether the calling process may run the declared handlers, also when a child has adopted them
/// since it looked the last time.
pub(crate) fn owns_declared(table: &mut Table) -> bool {
    !settle_adoption(table) && ownership::owns_declared()
}

/// Makes all up to this registration foreign: another process has adopted them.
pub(crate) fn make_foreign(table: &mut Table, up_to: u64) {
    table.make_foreign(up_to);
    publish(table);
}

/// Lets [`is_foreign`] know whose the registrations are.
fn publish(table: &Table) {
    let inheritance = table.inheritance();
    for ([after, up_to], gap) in GAPS.iter().zip(inheritance.gaps()) {
        after.store(gap.after, Ordering::Relaxed);
        up_to.store(gap.up_to, Ordering::Relaxed);
    }
    FOREIGN_UP_TO.store(inheritance.foreign_up_to(), Ordering::Relaxed);
    ADOPTED_UP_TO.store(inheritance.adopted_up_to(), Ordering::Relaxed);
}

thread_local! {
    static HELD: HeldLock<Table> = const { Cell::new(None) };
}

impl Inherited for Table {
    fn lock() -> Locked<Self> {
        table()
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        Table::disown(self);
        // Here, because the table is watched whenever anything is.
        generation::begin();
        publish(self);
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

/// Makes handlers for the tests of this room and of others.
#[cfg(test)]
#[path = "support_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[path = "registry_tests.rs"]
mod registry_tests;
