//! Registrations in the one table of the process.

use crate::register::{register, unregister};
use crate::registry::Unregistered;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// A value whose drop registers and unregisters: it must not find a lock held.
struct BusyDrop(Arc<AtomicUsize>);

impl Drop for BusyDrop {
    fn drop(&mut self) {
        let id = register(|| ()).expect("the run has not begun");
        assert_eq!(unregister(id), Unregistered::Removed);
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_dropped_value_may_register_and_unregister() {
    let drops = Arc::new(AtomicUsize::new(0));
    let value = BusyDrop(Arc::clone(&drops));
    let id = register(move || drop(value)).expect("the run has not begun");
    assert_eq!(unregister(id), Unregistered::Removed);
    assert_eq!(drops.load(Relaxed), 1);
    let (value, room) = (BusyDrop(Arc::clone(&drops)), [0_u64; 4]);
    let id = register(move || (drop(value), _ = std::hint::black_box(room)).0)
        .expect("the run has not begun");
    assert_eq!(unregister(id), Unregistered::Removed);
    assert_eq!(drops.load(Relaxed), 2);
}
