//! A pool of rayon that has ended when it is dropped.
//!
//! Dropping a pool only asks its workers to end: they first run what is queued, and rayon offers no
//! way to wait for that. So each worker keeps a value in a thread-local, which is dropped at its
//! end.

use crate::awaited;
use crate::fork::generation;
use crate::report::line::say;
use crate::resource::cleanup::{CleanupError, TakenOut};
use crate::resource::doer::Doer;
use crate::resource::in_mutex::InMutex;
use crate::run::Looks;
use core::cell::Cell;
use core::fmt;
use core::ops::Deref;
use core::time::Duration;
use rayon_core::ThreadPool;
use std::sync::{Arc, Weak};
use std::thread;

thread_local! {
    static LIVES: Cell<Option<Arc<()>>> = const { Cell::new(None) };
}

/// A worker, and whether its thread lives.
struct Worker {
    thread: Doer,
    lives: Weak<()>,
}

impl Worker {
    /// The calling thread.
    fn current() -> Self {
        let (thread, lives) = (Doer::new(), Arc::new(()));
        thread.set_to_this_thread();
        let worker = Self { thread, lives: Arc::downgrade(&lives) };
        LIVES.set(Some(lives));
        worker
    }

    fn lives(&self) -> bool {
        self.lives.strong_count() > 0
    }
}

/// Waits for the end of all workers. Not if one ends the process, or cannot continue for another
/// reason: the others do not end before its job does.
fn join(workers: &[Worker]) -> Result<(), CleanupError> {
    let mut looks: Vec<_> = workers.iter().map(|_| Looks::new()).collect();
    while workers.iter().any(Worker::lives) {
        for (worker, looks) in workers.iter().zip(&mut looks) {
            // Also one that seems to have ended: libc's `exit` drops the thread-locals first.
            if let Some(stopped) = worker.thread.why_stopped(looks) {
                return Err(format!("busy: a worker of the pool is {stopped}").into());
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// A [`rayon::ThreadPool`](ThreadPool) that has ended when it is dropped: all queued jobs have run,
/// and no worker lives. Put it into an [`AtExitCell`](crate::AtExitCell), so that this happens at
/// exit.
///
/// rayon's own pool only asks its workers to end when it is dropped. In a static it is not even
/// dropped: jobs that are queued at the end of the process are lost, and others are cut short.
///
/// ```
/// use exitmacro::rayon::JoinedPool;
/// use exitmacro::{AtExitCell, priority};
///
/// # use rayon_core as rayon;
/// static POOL: AtExitCell<JoinedPool> = AtExitCell::new(|| {
///     JoinedPool::new(rayon::ThreadPoolBuilder::new().build().expect("threads start"))
/// })
/// .priority(priority::WORK);
///
/// POOL.get()?.spawn(|| println!("also at exit"));
/// # Ok::<(), exitmacro::CellError>(())
/// ```
///
/// # At exit
///
/// [`AtExitCell`](crate::AtExitCell) first waits for its guards, then for the pool, no longer than
/// its timeout. A job that runs too long is reported as a timeout, whose line names the jobs of a
/// pool. Jobs that need a guard to spawn others get an error from then on; `rayon::spawn` in a job
/// of the pool still works.
///
/// If a worker ends the process itself, or waits for its end, the pool is not waited for: a line on
/// stderr says so.
///
/// The same holds without a cell where the value drops at the end of a scope, but without a limit.
/// In a `Mutex<Option<JoinedPool>>` the value can be [tracked](fn@crate::track), or be a field of a
/// type with `#[derive(AtExitCleanup)]`.
///
/// # Threads
///
/// The thread that drops the value waits. If that is a worker of the pool, it does not wait for
/// itself. In a forked child, which has no workers, nothing happens.
///
/// # rayon's global pool
///
/// It never ends. What must have run at exit is best put into a `rayon::scope`, or into its own
/// pool.
pub struct JoinedPool {
    /// `None` once the workers were asked to end.
    pool: Option<ThreadPool>,
    workers: Vec<Worker>,
    /// The process that has the workers.
    generation: u32,
}

impl JoinedPool {
    /// Takes a pool that was just built. Waits until each worker has taken note, which a busy one
    /// does after its job.
    ///
    /// A thread that became a worker by `use_current_thread` is not waited for if it is the calling
    /// thread.
    ///
    /// ```
    /// use exitmacro::rayon::JoinedPool;
    /// use std::sync::mpsc::channel;
    ///
    /// # use rayon_core as rayon;
    /// let (sender, results) = channel();
    /// let pool = JoinedPool::new(rayon::ThreadPoolBuilder::new().num_threads(2).build()?);
    /// pool.spawn(move || _ = sender.send(6 * 7));
    /// drop(pool); // Waits for the job.
    /// assert_eq!(results.try_recv(), Ok(42));
    /// # Ok::<(), rayon::ThreadPoolBuildError>(())
    /// ```
    #[must_use = "a pool that is not bound to a name is ended at once"]
    pub fn new(pool: ThreadPool) -> Self {
        let this_thread = pool.current_thread_index();
        let mut workers = pool.broadcast(|_| Worker::current());
        if let Some(this_thread) = this_thread {
            workers.remove(this_thread);
        }
        Self { pool: Some(pool), workers, generation: generation::current() }
    }

    /// Ends the pool, once.
    fn end(&mut self) -> Result<(), CleanupError> {
        let Some(pool) = self.pool.take() else { return Ok(()) };
        if self.generation != generation::current() {
            // A lock of the pool may be held for ever.
            core::mem::forget(pool);
            return Ok(());
        }
        drop(pool);
        awaited::during(|| "the jobs of a rayon pool".to_owned(), || join(&self.workers))
    }
}

impl Deref for JoinedPool {
    type Target = ThreadPool;

    fn deref(&self) -> &ThreadPool {
        self.pool.as_ref().expect("the pool is there until the value drops")
    }
}

impl Drop for JoinedPool {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            say(format_args!("a rayon pool was not ended: {error}"));
        }
    }
}

impl From<ThreadPool> for JoinedPool {
    fn from(pool: ThreadPool) -> Self {
        Self::new(pool)
    }
}

impl fmt::Debug for JoinedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinedPool").field(&self.pool).finish()
    }
}

/// Takes the pool out, so that its jobs can take the lock while it ends. They find nothing left.
impl InMutex for Option<JoinedPool> {
    fn cleanup_in_mutex(&mut self) -> Result<(), CleanupError> {
        Ok(())
    }

    fn take_out_of_mutex<'a>(&mut self) -> Option<TakenOut<'a>>
    where
        Self: 'a,
    {
        let mut pool = self.take()?;
        Some(Box::new(move || pool.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::cleanup::AtExitCleanup;
    use rayon_core::ThreadPoolBuilder;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    fn pool(threads: usize) -> JoinedPool {
        ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start").into()
    }

    /// Queues more jobs than there are workers, each of which queues another one.
    fn work(pool: &JoinedPool) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..50 {
            let count = Arc::clone(&count);
            pool.spawn(move || {
                thread::sleep(Duration::from_micros(500));
                count.fetch_add(1, Relaxed);
                rayon_core::spawn(move || _ = count.fetch_add(1, Relaxed));
            });
        }
        count
    }

    #[test]
    fn what_is_queued_has_run_when_it_is_dropped() {
        for threads in [1, 3] {
            let pool = pool(threads);
            let lives: Vec<_> = pool.workers.iter().map(|worker| worker.lives.clone()).collect();
            let count = work(&pool);
            drop(pool);
            assert_eq!((count.load(Relaxed), lives.len()), (100, threads));
            assert!(lives.iter().all(|lives| lives.strong_count() == 0));
        }
    }

    #[test]
    fn a_mutex_gives_it_up() {
        let pool = pool(2);
        let count = work(&pool);
        let pool = Mutex::new(Some(pool));
        pool.cleanup().expect("it ends");
        assert_eq!(count.load(Relaxed), 100);
        assert!(pool.lock().unwrap().is_none());
        pool.cleanup().expect("nothing is left");
    }

    #[test]
    fn a_worker_that_drops_it_does_not_wait_for_itself() {
        let pool = Arc::new(pool(1));
        let (inside, (sender, receiver)) = (Arc::clone(&pool), std::sync::mpsc::channel());
        pool.spawn(move || {
            let mut inside = inside;
            // The other handle drops first.
            let owned = loop {
                match Arc::try_unwrap(inside) {
                    Ok(owned) => break owned,
                    Err(shared) => inside = shared,
                }
                thread::yield_now();
            };
            let mut owned = owned;
            _ = sender.send(owned.end().unwrap_err().to_string());
        });
        drop(pool);
        let error = receiver.recv().expect("the job runs");
        assert!(error.starts_with("busy: a worker of the pool is "), "{error}");
    }

    #[test]
    fn the_calling_thread_is_not_waited_for() {
        thread::spawn(|| {
            let builder = ThreadPoolBuilder::new().num_threads(2).use_current_thread();
            drop(JoinedPool::new(builder.build().expect("threads start")));
        })
        .join()
        .expect("it does not panic");
    }
}
