//! Registering and unregistering at a steady number of registrations.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::spin_loop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// How many are registered, or unregistered, in one piece: enough that the batches of two threads
/// overlap, whichever begins.
pub const BATCH: usize = 10_000;

const ROUNDS: usize = 41;

/// What a `churn_*` subject is asked to do.
pub struct Churn {
    /// How many are registered before the clock runs, and while it does.
    pub live: usize,
    /// How many threads do it at once.
    pub threads: usize,
    /// Which kind, for peers that have several.
    pub kind: String,
}

impl Churn {
    /// From the arguments: how many live, how many threads, which kind.
    #[must_use]
    pub fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().unwrap_or_default();
        let live = next().parse().expect("a number of handlers");
        let threads = next().parse().expect("a number of threads");
        Self { live, threads, kind: next() }
    }

    /// Runs what `prepare` makes for each thread, over and over; prints what a call took, in tenths
    /// of a nanosecond: of each batch the mean, of the threads the slowest, of the rounds the
    /// median. Prints nothing of what never ran on all threads at once. Ends the process without
    /// running anything.
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

/// `None` when the batches did not run at once for most of the time: then another process had the
/// processor of one of the threads.
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

/// Where threads wait for each other. They spin, so that all go on at the same moment.
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

/// Times one batch at a time, all threads at once.
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
