//! How values are closed that are behind the locks of parking_lot and tokio.

use crate::awaited;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
use crate::resource::in_mutex::{InMutex, close_behind_lock};
use crate::resource::parts;

#[cfg(feature = "parking_lot")]
impl<R, T> AtExitCleanup for lock_api::Mutex<R, T>
where
    R: lock_api::RawMutex + Send + Sync,
    T: InMutex + ?Sized,
{
    fn cleanup(&self) -> Result<(), CleanupError> {
        close_behind_lock(|| {
            self.try_lock()
                .unwrap_or_else(|| awaited::during(parts::lock_of::<Self>, || self.lock()))
        })
    }

    fn discard(&self) {
        // Never waits: in a forked child, a thread that does not exist may hold the lock.
        if let Some(mut value) = self.try_lock() {
            value.discard_in_mutex();
        }
    }
}

#[cfg(feature = "parking_lot")]
impl<R, T> AtExitCleanup for lock_api::RwLock<R, T>
where
    R: lock_api::RawRwLock + Send + Sync,
    T: AtExitCleanup + ?Sized,
{
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.try_read()
            .unwrap_or_else(|| awaited::during(parts::lock_of::<Self>, || self.read()))
            .cleanup()
    }

    fn discard(&self) {
        if let Some(value) = self.try_read() {
            value.discard();
        }
    }
}

#[cfg(feature = "tokio")]
mod of_tokio {
    use super::{AtExitCleanup, CleanupError, InMutex, awaited, close_behind_lock, parts};
    use std::thread;
    use std::time::Duration;
    use tokio::sync::{Mutex, RwLock};

    /// Waits without the runtime: a handler may run inside of one, where a thread must not block on
    /// these locks.
    fn once_there<L: ?Sized, G>(try_lock: impl Fn() -> Option<G>) -> G {
        let wait = || loop {
            match try_lock() {
                Some(guard) => break guard,
                None => thread::sleep(Duration::from_millis(1)),
            }
        };
        try_lock().unwrap_or_else(|| awaited::during(parts::lock_of::<L>, wait))
    }

    impl<T: InMutex + ?Sized> AtExitCleanup for Mutex<T> {
        fn cleanup(&self) -> Result<(), CleanupError> {
            close_behind_lock(|| once_there::<Self, _>(|| self.try_lock().ok()))
        }

        fn discard(&self) {
            if let Ok(mut value) = self.try_lock() {
                value.discard_in_mutex();
            }
        }
    }

    impl<T: AtExitCleanup + ?Sized> AtExitCleanup for RwLock<T> {
        fn cleanup(&self) -> Result<(), CleanupError> {
            once_there::<Self, _>(|| self.try_read().ok()).cleanup()
        }

        fn discard(&self) {
            if let Ok(value) = self.try_read() {
                value.discard();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::sync::mpsc::channel;
    use std::thread;

    #[derive(Default)]
    struct Counted(AtomicU32);

    impl AtExitCleanup for Counted {
        fn cleanup(&self) -> Result<(), CleanupError> {
            self.0.fetch_add(1, Relaxed);
            Err("counted".into())
        }

        fn discard(&self) {
            self.0.fetch_add(100, Relaxed);
        }
    }

    /// Closes and discards the value; closes it while another thread holds the lock, which it waits
    /// for, and discards it then, which it does not wait for. Returns what was counted.
    fn counted<L: AtExitCleanup + 'static>(
        lock: L,
        while_held: fn(&L, &mut dyn FnMut()),
        read: fn(&L) -> u32,
    ) -> u32 {
        let lock = Arc::new(lock);
        assert_eq!(lock.cleanup().unwrap_err().to_string(), "counted");
        lock.discard();
        let (holds, is_held) = channel();
        let holder = Arc::clone(&lock);
        let holding = thread::spawn(move || {
            while_held(&holder, &mut || {
                holds.send(()).expect("it is waited for");
                holder.discard();
                thread::sleep(std::time::Duration::from_millis(20));
            });
        });
        is_held.recv().expect("the lock is held");
        assert!(lock.cleanup().is_err());
        holding.join().expect("it does not panic");
        read(&lock)
    }

    /// Holds the guard of a lock while a function is called.
    macro_rules! holding {
        ($lock:ident.$guard:ident()) => {
            |$lock, call: &mut dyn FnMut()| {
                let _guard = $lock.$guard();
                call();
            }
        };
    }

    #[cfg(feature = "parking_lot")]
    #[test]
    fn values_behind_locks_of_parking_lot_are_closed() {
        let mutex = parking_lot::Mutex::new(Counted::default());
        assert_eq!(counted(mutex, holding!(lock.lock()), |lock| lock.lock().0.load(Relaxed)), 102);
        let lock = parking_lot::RwLock::new(Counted::default());
        assert_eq!(counted(lock, holding!(lock.write()), |lock| lock.read().0.load(Relaxed)), 102);
        let text = parking_lot::Mutex::new(std::io::BufWriter::new(Vec::new()));
        std::io::Write::write_all(&mut *text.lock(), b"text").expect("there is memory");
        text.cleanup().expect("it is flushed");
        assert_eq!(text.lock().get_ref(), b"text");
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn values_behind_locks_of_tokio_are_closed() {
        let read = |count: &Counted| count.0.load(Relaxed);
        let mutex = tokio::sync::Mutex::new(Counted::default());
        let found = counted(mutex, holding!(lock.blocking_lock()), |lock| {
            lock.blocking_lock().0.load(Relaxed)
        });
        assert_eq!(found, 102);
        let lock = tokio::sync::RwLock::new(Counted::default());
        let found = counted(lock, holding!(lock.blocking_write()), |lock| {
            lock.blocking_read().0.load(Relaxed)
        });
        assert_eq!(found, 102);
        let cell = tokio::sync::OnceCell::<Counted>::new();
        assert!(cell.cleanup().is_ok());
        cell.discard();
        assert!(cell.set(Counted::default()).is_ok() && cell.cleanup().is_err());
        cell.discard();
        assert_eq!(cell.get().map(read), Some(101));
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn a_value_in_a_cell_of_tokio_is_closed_by_its_future() {
        use crate::resource::cleanup::Closing;

        struct Awaited;

        impl AtExitCleanup for Awaited {
            fn cleanup(&self) -> Result<(), CleanupError> {
                unreachable!("its future closes it")
            }

            fn is_async(&self) -> bool {
                true
            }

            fn closing(&self) -> Option<Closing<'_>> {
                Some(Box::pin(async { Err("awaited".into()) }))
            }
        }

        let cell = tokio::sync::OnceCell::new();
        assert!(!cell.is_async() && cell.closing().is_none());
        assert!(cell.set(Awaited).is_ok() && cell.is_async());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it starts");
        let closed = runtime.block_on(cell.closing().expect("the value has one"));
        assert_eq!(closed.unwrap_err().to_string(), "awaited");
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn a_lock_of_tokio_is_waited_for_inside_of_a_runtime_too() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it starts");
        let mutex = tokio::sync::Mutex::new(Counted::default());
        runtime.block_on(async { assert!(mutex.cleanup().is_err()) });
        assert_eq!(mutex.into_inner().0.into_inner(), 1);
    }
}
