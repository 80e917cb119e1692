//! Times `register` and `unregister` at any number of registrations, from any number of threads.
//!
//! `recent` unregisters the newest handlers, as guards do; `random` unregisters any of them, in no
//! order.

use exitmacro::{HandlerId, Unregistered, register, unregister};
use exitmacro_benches::churn::{BATCH, Churn, Clock};
use exitmacro_benches::{priority, work};

fn add() -> HandlerId {
    register(work).expect("memory, and no exit yet")
}

fn unregister_one(id: HandlerId) {
    assert_eq!(unregister(id), Unregistered::Removed);
}

fn main() {
    let churn = Churn::from_arguments();
    let random = churn.kind == "random";
    let share = churn.live / churn.threads;
    let shares: Vec<Vec<HandlerId>> =
        (0..churn.threads).map(|_| (0..share).map(|_| add()).collect()).collect();
    churn.run(|thread| {
        let mut ids = shares[thread].clone();
        let mut round = 0;
        move |clock: &mut Clock| {
            round += 1;
            if random {
                let chosen = distinct_below(ids.len(), round);
                clock.time("unregister", chosen.len(), || {
                    chosen.iter().for_each(|&at| unregister_one(ids[at]))
                });
                clock.time("register", chosen.len(), || {
                    chosen.iter().for_each(|&at| ids[at] = add())
                });
            } else {
                let first = ids.len();
                ids.reserve(BATCH);
                clock.time("register", BATCH, || (0..BATCH).for_each(|_| ids.push(add())));
                clock.time("unregister", BATCH, || ids.drain(first..).for_each(unregister_one));
            }
        }
    });
}

/// Random places in a list, at most a batch and at most half of them.
fn distinct_below(length: usize, round: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..2 * BATCH as u64)
        .map(|n| priority(round * 1_000_000 + n) as u32 as usize % length)
        .collect();
    let mut seen = std::collections::HashSet::new();
    places.retain(|&place| seen.insert(place));
    places.truncate(BATCH.min(length / 2));
    places
}
