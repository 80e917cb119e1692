//! What the operations cost by themselves that a handler cannot do without.

use super::subject::Subjects;
use super::table::short;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Nanoseconds of each operation, measured now: the least of several batches.
pub(super) struct Bounds {
    pub(super) exchange: f64,
    /// A mutex that no other thread has, locked and unlocked.
    pub(super) mutex: f64,
}

const BATCHES: usize = 25;
const BATCH: u32 = 20_000;

impl Bounds {
    pub(super) fn measure() -> Self {
        let (word, mutex) = (AtomicU64::new(0), Mutex::new(0_u64));
        let exchange = || {
            let seen = word.load(Ordering::Relaxed);
            _ = black_box(word.compare_exchange(
                seen,
                seen + 1,
                Ordering::Release,
                Ordering::Relaxed,
            ));
        };
        Self {
            exchange: nanoseconds(exchange),
            mutex: nanoseconds(|| *mutex.lock().expect("nothing panics") += 1),
        }
    }
}

fn nanoseconds(operation: impl Fn()) -> f64 {
    let batch = || {
        let began = Instant::now();
        (0..BATCH).for_each(|_| operation());
        began.elapsed().as_nanos() as f64 / f64::from(BATCH)
    };
    (0..BATCHES).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

/// The instructions at exit of each function, for one of `count` handlers, from `least` on.
pub(super) fn by_function(
    subjects: &Subjects,
    name: &str,
    runs: [&[&str]; 2],
    count: f64,
    least: f64,
) -> String {
    let [leave, exit] = runs.map(|arguments| subjects.counted(name, arguments));
    let parts = |leave: BTreeMap<String, f64>, exit: BTreeMap<String, f64>| {
        let mut parts: Vec<_> = exit
            .into_iter()
            .map(|(part, amount)| (amount - leave.get(&part).copied().unwrap_or(0.0), part))
            .map(|(amount, part)| (amount / count, part))
            .filter(|(amount, _)| *amount >= least)
            .collect();
        parts.sort_by(|one, other| other.0.total_cmp(&one.0));
        let texts = parts.iter().map(|(amount, part)| format!("`{part}` {}", short(*amount)));
        texts.collect::<Vec<_>>().join(", ")
    };
    match leave.and_then(|leave| Ok(parts(leave.functions, exit?.functions))) {
        Ok(text) => text,
        Err(missing) => missing.to_string(),
    }
}
