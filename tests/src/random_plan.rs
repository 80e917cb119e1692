//! A random plan whose handlers sleep, and its critical path, computed from the rules alone. For a
//! scenario of the tests and for the benches.

use exitmacro::{Handler, HandlerId};
use std::thread;
use std::time::{Duration, Instant};

struct Sketch {
    priority: i32,
    concurrent: bool,
    milliseconds: u64,
    after: Vec<usize>,
}

/// How long a run took, beside what its plan says.
pub(crate) struct Measured {
    /// The length of the critical path, if each handler sleeps as long as it asks for.
    pub(crate) critical_path: Duration,
    /// The longest time that handlers take of which each waits for the one before: whatever else is
    /// late, no run is shorter.
    #[allow(dead_code, reason = "the benches do not look at it")]
    pub(crate) longest_chain: Duration,
    pub(crate) took: Duration,
}

/// Runs a random plan of handlers that sleep `times` as long.
pub(crate) fn run(seed: u64, times: u64) -> Measured {
    let mut sketches = sketches(seed);
    sketches.iter_mut().for_each(|sketch| sketch.milliseconds *= times);
    let mut ids: Vec<HandlerId> = Vec::new();
    for sketch in &sketches {
        let handler = Handler::new("sleeps").priority(sketch.priority);
        let handler = if sketch.concurrent { handler.concurrent() } else { handler };
        let handler =
            sketch.after.iter().fold(handler, |handler, &other| handler.after_id(ids[other]));
        let duration = Duration::from_millis(sketch.milliseconds);
        ids.push(handler.register(move || thread::sleep(duration)).expect("the run has not begun"));
    }
    let began = Instant::now();
    let report = exitmacro::run();
    let took = began.elapsed();
    assert!(report.is_success() && report.handlers().len() == sketches.len());
    Measured {
        critical_path: Duration::from_millis(critical_path(&sketches)),
        longest_chain: Duration::from_millis(longest_chain(&sketches)),
        took,
    }
}

fn sketches(mut seed: u64) -> Vec<Sketch> {
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let count = 4 + below(12) as usize;
    let sketch = |place: usize| {
        let edges = if place == 0 { 0 } else { below(3) };
        let after = (0..edges).map(|_| below(place as u64) as usize).collect();
        Sketch {
            priority: below(3) as i32,
            concurrent: below(5) > 0,
            milliseconds: 20 + below(60),
            after,
        }
    };
    (0..count).map(sketch).collect()
}

/// The most milliseconds of handlers of which each waits for the one before.
fn longest_chain(sketches: &[Sketch]) -> u64 {
    let mut ends: Vec<u64> = Vec::new();
    for sketch in sketches {
        let begins = sketch.after.iter().map(|&other| ends[other]).max().unwrap_or(0);
        ends.push(begins + sketch.milliseconds);
    }
    ends.into_iter().max().unwrap_or(0)
}

/// Millisecond by millisecond, by the rules: each handler that may start does, the highest and
/// newest first.
fn critical_path(sketches: &[Sketch]) -> u64 {
    let mut left: Vec<u64> = sketches.iter().map(|sketch| sketch.milliseconds).collect();
    let mut started = vec![false; sketches.len()];
    let mut now = 0;
    while left.iter().any(|&left| left > 0) {
        while let Some(next) = next_to_start(sketches, &left, &started) {
            started[next] = true;
        }
        for one in 0..sketches.len() {
            left[one] -= u64::from(started[one] && left[one] > 0);
        }
        now += 1;
    }
    now
}

fn next_to_start(sketches: &[Sketch], left: &[u64], started: &[bool]) -> Option<usize> {
    let all = || 0..sketches.len();
    let runs = |one: &usize| started[*one] && left[*one] > 0;
    let is_ready =
        |one: &usize| !started[*one] && sketches[*one].after.iter().all(|&other| left[other] == 0);
    let level =
        all().filter(|one| runs(one) || is_ready(one)).map(|one| sketches[one].priority).max()?;
    let is_idle = !all().any(|one| runs(&one));
    let one_is_alone = all().filter(runs).any(|one| !sketches[one].concurrent);
    let may = |one: usize| {
        sketches[one].priority == level && (is_idle || (sketches[one].concurrent && !one_is_alone))
    };
    all().filter(is_ready).filter(|&one| may(one)).max()
}
