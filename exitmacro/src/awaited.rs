//! What handlers wait for, so that the line about a handler that timed out names it.
//!
//! A thread that waits keeps the text, and the list only refers to it: when the wait has ended,
//! nothing need be removed. The lock of the list is never waited for, because a forked child may
//! have inherited it locked; then the line says less.

use crate::sys::{self, StaticRef, ThreadKey};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

/// A wait of a thread.
struct Wait {
    thread: ThreadKey,
    what: Weak<str>,
}

static WAITS: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

/// How often the lock is tried, while other threads hold it for a moment.
const TRIES: u32 = 100;

struct Find(fn(ThreadKey) -> Option<Arc<str>>);

/// How the run reaches the list. Set by the first wait, so that programs in which nothing waits do
/// not contain the list.
static FIND: StaticRef<Find> = StaticRef::new();

/// Keeps the text as long as a thread waits.
#[must_use]
pub(crate) struct Noted(Arc<str>);

/// Notes that the calling thread waits for this.
#[cold]
pub(crate) fn note(what: String) -> Noted {
    let noted = Noted(what.into());
    FIND.set(&Find(find));
    if let Some(mut waits) = lock() {
        waits.retain(|wait| wait.what.strong_count() > 0);
        if waits.try_reserve(1).is_ok() {
            waits.push(Wait { thread: sys::thread_key(), what: Arc::downgrade(&noted.0) });
        }
    }
    noted
}

/// Calls `wait`, which waits on the calling thread for what `what` names.
#[cold]
pub(crate) fn during<T>(what: impl FnOnce() -> String, wait: impl FnOnce() -> T) -> T {
    let _noted = note(what());
    wait()
}

/// What that thread waits for, if it does and that is known.
pub(crate) fn by(thread: ThreadKey) -> Option<Arc<str>> {
    FIND.get().and_then(|find| find.0(thread))
}

/// The innermost wait of the thread.
fn find(thread: ThreadKey) -> Option<Arc<str>> {
    let waits = lock()?;
    waits.iter().rev().find_map(|wait| (wait.thread == thread).then(|| wait.what.upgrade())?)
}

fn lock() -> Option<MutexGuard<'static, Vec<Wait>>> {
    sys::if_soon_free(&WAITS, TRIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_wait_of_a_thread_is_found_until_it_ends() {
        let mine = || by(sys::thread_key()).map(|what| what.to_string());
        assert_eq!(mine(), None);
        during(
            || "the outer one".to_owned(),
            || {
                during(
                    || "the inner one".to_owned(),
                    || {
                        assert_eq!(mine().as_deref(), Some("the inner one"));
                        let of_another = std::thread::spawn(|| by(sys::thread_key()));
                        assert_eq!(of_another.join().expect("it does not panic"), None);
                    },
                );
                assert_eq!(mine().as_deref(), Some("the outer one"));
            },
        );
        assert_eq!(mine(), None);
    }
}
