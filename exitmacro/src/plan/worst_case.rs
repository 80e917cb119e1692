//! How long a run takes if all handlers use up their timeouts: a simulated run.

use crate::handler::Rank;
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use core::time::Duration;

/// The time from the first start to the last end. `threads` handlers run at the same time at most.
pub(super) fn length(
    mut schedule: Schedule,
    threads: usize,
    duration: impl Fn(Rank) -> Duration,
) -> Duration {
    let mut running: Vec<(Duration, u32)> = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        while running.len() < threads.max(1) {
            let Next::Run(number) = schedule.start() else { break };
            running.push((now.saturating_add(duration(schedule.rank(number))), number));
        }
        let Some(next) = running.iter().map(|&(end, _)| end).min() else {
            return now;
        };
        now = next;
        // All that end at this moment, before another one starts.
        running
            .extract_if(.., |&mut (end, _)| end == now)
            .for_each(|(_, number)| schedule.finish(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::edge::Key;
    use crate::handler::id::HandlerId;
    use crate::order::schedule::tests::schedule_of;
    use crate::registry::Table;
    use crate::registry::tests::place_in;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    struct Sketch {
        priority: i32,
        concurrent: bool,
        seconds: u64,
        after: Vec<usize>,
    }

    fn sketches(
        concurrent: impl Strategy<Value = bool> + Clone,
    ) -> impl Strategy<Value = Vec<Sketch>> {
        let handler = (
            -1..2_i32,
            concurrent,
            1..6_u64,
            prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        );
        prop::collection::vec(handler, 1..20).prop_map(|handlers| {
            let sketch = |(place, (priority, concurrent, seconds, after)): (
                usize,
                (i32, bool, u64, Vec<prop::sample::Index>),
            )| {
                let after = if place == 0 {
                    Vec::new()
                } else {
                    after.into_iter().map(|other| other.index(place)).collect()
                };
                Sketch { priority, concurrent, seconds, after }
            };
            handlers.into_iter().enumerate().map(sketch).collect()
        })
    }

    fn measured(sketches: &[Sketch], threads: usize) -> u64 {
        let mut table = Table::new();
        let mut ids: Vec<HandlerId> = Vec::new();
        for sketch in sketches {
            let after = sketch.after.iter().map(|&other| Key::Id(ids[other])).collect();
            ids.push(place_in(&mut table, sketch.priority, sketch.concurrent, after, Vec::new()));
        }
        let schedule = schedule_of(&table);
        let seconds = |rank: Rank| {
            sketches[ids
                .iter()
                .position(|id| id.sequence() == rank.sequence)
                .expect("it was registered")]
            .seconds
        };
        length(schedule, threads, |rank| Duration::from_secs(seconds(rank))).as_secs()
    }

    /// Second by second: each handler that can start does, the highest and newest first.
    fn reference(sketches: &[Sketch], threads: usize) -> u64 {
        let mut left: Vec<u64> = sketches.iter().map(|sketch| sketch.seconds).collect();
        let mut started = vec![false; sketches.len()];
        for now in 0.. {
            loop {
                let runs = |one: usize| started[one] && left[one] > 0;
                let ready: Vec<usize> = (0..sketches.len())
                    .filter(|&one| {
                        !started[one] && sketches[one].after.iter().all(|&other| left[other] == 0)
                    })
                    .collect();
                let running: Vec<usize> = (0..sketches.len()).filter(|&one| runs(one)).collect();
                let top = ready.iter().chain(&running).map(|&one| sketches[one].priority).max();
                let one_is_alone = running.iter().any(|&one| !sketches[one].concurrent);
                let may_beside =
                    |one: usize| running.is_empty() || (sketches[one].concurrent && !one_is_alone);
                let may = |one: &usize| {
                    Some(sketches[*one].priority) == top
                        && may_beside(*one)
                        && running.len() < threads
                };
                match ready.iter().copied().filter(may).max() {
                    Some(one) => started[one] = true,
                    None => break,
                }
            }
            if left.iter().all(|&left| left == 0) {
                return now;
            }
            for one in 0..sketches.len() {
                left[one] -= u64::from(started[one] && left[one] > 0);
            }
        }
        unreachable!("a handler always runs")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn it_is_that_of_a_run_second_by_second(
            sketches in sketches(any::<bool>()),
            threads in 1..6_usize,
        ) {
            prop_assert_eq!(measured(&sketches, threads), reference(&sketches, threads));
            prop_assert_eq!(measured(&sketches, 32), reference(&sketches, 32));
        }

        /// With edges and levels, and enough threads: each handler waits for those above it, and
        /// for those that it names.
        #[test]
        fn it_is_the_longest_path_where_edges_agree_with_priorities(
            sketches in sketches(Just(true)),
        ) {
            let sketches: Vec<Sketch> = sketches
                .iter()
                .enumerate()
                .map(|(place, sketch)| Sketch { priority: -(place as i32) / 4, ..sketch.clone() })
                .collect();
            let mut ends: Vec<u64> = Vec::new();
            for sketch in &sketches {
                let said = sketch.after.iter().map(|&other| ends[other]);
                let above = ends
                    .iter()
                    .zip(&sketches)
                    .filter(|(_, other)| other.priority > sketch.priority)
                    .map(|(&end, _)| end);
                ends.push(said.chain(above).max().unwrap_or(0) + sketch.seconds);
            }
            prop_assert_eq!(measured(&sketches, 32), ends.into_iter().max().unwrap_or(0));
        }
    }

    #[test]
    fn without_handlers_it_is_nothing() {
        assert_eq!(measured(&[], 32), 0);
    }
}
