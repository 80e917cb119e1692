//! Registering and unregistering at a steady number of registrations.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::spin_loop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// The number of calls in a batch: enough that the batches of two threads overlap, whichever
/// begins.
pub const BATCH: usize = 10_000;

const ROUNDS: usize = 41;

/// The arguments of a `churn_*` subject.
pub struct Churn {
    /// The number of registrations before the measurement, and during it.
    pub live: usize,
    /// The number of threads that measure concurrently.
    pub threads: usize,
    /// The kind of handler, for peers that have several.
    pub kind: String,
}

impl Churn {
    /// From the arguments: the number of registrations, the number of threads, the kind.
    #[must_use]
    pub fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().unwrap_or_default();
        let live = next().parse().expect("a number of handlers");
        let threads = next().parse().expect("a number of threads");
        Self { live, threads, kind: next() }
    }

    /// Runs what `prepare` makes for each thread many times, and prints the time of a call in
    /// tenths of a nanosecond: the mean of a batch, the slowest thread, the median of the rounds.
    /// Prints nothing if the threads never ran concurrently. Ends the process without running
    /// handlers.
    pub fn run<R: FnMut(&mut Clock)>(&self, prepare: impl Fn(usize) -> R + Sync) -> ! {
        let line_up = LineUp { threads: self.threads, arrived: AtomicUsize::new(0) };
        let rounds: Mutex<Vec<BTreeMap<_, Round>>> = Mutex::new(vec![BTreeMap::new(); ROUNDS]);
        std::thread::scope(|scope| {
            for thread in 0..self.threads {
                let (line_up, rounds, prepare) = (&line_up, &rounds, &prepare);
                scope.spawn(move || {
                    pin(thread);
                    let mut round = prepare(thread);
                    for number in 0..ROUNDS {
                        let mut clock = Clock { line_up, batches: Vec::new() };
                        round(&mut clock);
                        let mut rounds = rounds.lock().expect("no thread panicked");
                        for (what, batch) in clock.batches {
                            rounds[number].entry(what).or_default().push(batch);
                        }
                    }
                });
            }
        });
        let rounds = rounds.into_inner().expect("no thread panicked");
        let timed: BTreeSet<_> = rounds.iter().flat_map(BTreeMap::keys).copied().collect();
        for what in timed {
            let mut times: Vec<u64> =
                rounds.iter().filter_map(|round| tenths_of_slowest(round.get(what)?)).collect();
            times.sort_unstable();
            if let Some(median) = times.get(times.len() / 2) {
                eprintln!("{what} {median}");
            }
        }
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(0) }
    }
}

type Round = Vec<Batch>;

#[derive(Clone, Copy)]
struct Batch {
    start: Instant,
    duration: Duration,
    calls: usize,
}

/// `None` when the batches did not overlap for most of the time, because another process used the
/// processor of a thread.
fn tenths_of_slowest(batches: &[Batch]) -> Option<u64> {
    let begin = batches.iter().map(|batch| batch.start).max()?;
    let end = batches.iter().map(|batch| batch.start + batch.duration).min()?;
    let slowest = batches.iter().max_by_key(|batch| batch.duration)?;
    let together = end.saturating_duration_since(begin);
    (together * 10 >= slowest.duration * 7)
        .then(|| slowest.duration.as_nanos() as u64 * 10 / slowest.calls as u64)
}

/// Keeps the calling thread on one of the processors that the process may use, so that two threads
/// do not share one.
#[cfg(target_os = "linux")]
fn pin(thread: usize) {
    // SAFETY: all zeroes is a valid set, and the calls get its size. When they fail, the thread
    // stays where the system puts it.
    unsafe {
        let mut allowed: libc::cpu_set_t = core::mem::zeroed();
        let size = size_of::<libc::cpu_set_t>();
        libc::sched_getaffinity(0, size, &raw mut allowed);
        let chosen = (0..libc::CPU_SETSIZE as usize)
            .filter(|&processor| libc::CPU_ISSET(processor, &allowed))
            .nth(thread);
        if let Some(processor) = chosen {
            let mut one: libc::cpu_set_t = core::mem::zeroed();
            libc::CPU_SET(processor, &mut one);
            libc::sched_setaffinity(0, size, &raw const one);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn pin(_thread: usize) {}

/// A barrier at which threads spin, so that all continue at the same moment.
struct LineUp {
    threads: usize,
    arrived: AtomicUsize,
}

impl LineUp {
    fn wait(&self) {
        let place = self.arrived.fetch_add(1, SeqCst);
        let all = place - place % self.threads + self.threads;
        while self.arrived.load(SeqCst) < all {
            spin_loop();
        }
    }
}

/// Times one batch at a time, on all threads concurrently.
pub struct Clock<'a> {
    line_up: &'a LineUp,
    batches: Vec<(&'static str, Batch)>,
}

impl Clock<'_> {
    /// Times a batch of `calls` calls.
    pub fn time(&mut self, what: &'static str, calls: usize, batch: impl FnOnce()) {
        self.line_up.wait();
        let start = Instant::now();
        batch();
        let duration = start.elapsed();
        self.batches.push((what, Batch { start, duration, calls }));
    }
}
