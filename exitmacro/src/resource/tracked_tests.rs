//! Tracked values, their handles and the table.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug)]
struct Quiet;

impl AtExitCleanup for Quiet {
    fn cleanup(&self) -> Result<(), CleanupError> {
        Ok(())
    }
}

#[test]
fn a_handle_shows_the_value() {
    assert_eq!(format!("{:?}", track(Quiet)), "Tracked(Quiet)");
}
/// Counts how often it is closed and dropped.
struct Counted {
    closed: &'static AtomicUsize,
    dropped: &'static AtomicUsize,
    panics: bool,
}

impl AtExitCleanup for Counted {
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.closed.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "as asked");
        Ok(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_value_leaves_the_table_closed_and_is_dropped_with_its_last_handle() {
    static CLOSED: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let counts = || (CLOSED.load(Ordering::Relaxed), DROPPED.load(Ordering::Relaxed));
    let value = |panics| track(Counted { closed: &CLOSED, dropped: &DROPPED, panics });
    let is_gone = |id: Option<HandlerId>| {
        register::unregister(id.expect("the run has not begun")) == registry::Unregistered::Finished
    };

    let only = value(false);
    let id = only.id;
    drop(only);
    assert_eq!((counts(), is_gone(id)), ((1, 1), true));

    let one = value(false);
    let (other, id) = (Tracked::clone(&one), one.id);
    drop(one);
    assert_eq!(counts(), (1, 1));
    drop(other);
    assert_eq!((counts(), is_gone(id)), ((2, 2), true));

    let closed = value(false);
    let (other, id) = (Tracked::clone(&closed), closed.id);
    Tracked::close(closed).expect("it closes well");
    assert_eq!((counts(), is_gone(id)), ((3, 2), true));
    drop(other);
    assert_eq!(counts(), (3, 3));

    let panicking = value(true);
    let id = panicking.id;
    assert!(catch_unwind(AssertUnwindSafe(|| Tracked::close(panicking))).is_err());
    assert_eq!((counts(), is_gone(id)), ((4, 4), true));

    let panicking = value(true);
    let id = panicking.id;
    drop(panicking);
    assert_eq!((counts(), is_gone(id)), ((5, 5), true));
}
