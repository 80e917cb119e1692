//! How long a run takes if all handlers use up their timeouts: a simulated run.

use crate::handler::Rank;
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use core::time::Duration;

/// Finds the longest path. A pointer, so that programs that ask for no plan do not contain it.
pub(super) type FindLongest = fn(&Schedule, usize, &dyn Fn(Rank) -> Duration) -> Longest;

/// The longest path through a run: handlers of which each starts when the one before it ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Longest {
    pub(super) length: Duration,
    /// The last one first; `None` if all handlers are on it.
    pub(super) handlers: Option<Vec<Rank>>,
}

impl Longest {
    /// Of handlers that run one after the other.
    pub(super) fn of_all(length: Duration) -> Self {
        Self { length, handlers: None }
    }

    pub(super) fn of(
        schedule: &Schedule,
        threads: usize,
        duration: &dyn Fn(Rank) -> Duration,
    ) -> Self {
        let mut starts: Vec<(Rank, Duration, Duration)> = Vec::new();
        let mut note = |rank, start, end| starts.push((rank, start, end));
        let length = simulated(schedule.clone(), threads, duration, &mut note);
        // Backwards from the last end. What a handler follows started before it.
        let mut at = length;
        let on_path = starts.iter().rev().filter(|&&(_, start, end)| {
            let is_on_path = end == at;
            if is_on_path {
                at = start;
            }
            is_on_path
        });
        Self { length, handlers: Some(on_path.map(|&(rank, ..)| rank).collect()) }
    }
}

/// The time from the first start to the last end. `threads` handlers run at the same time at most.
pub(super) fn length(
    schedule: Schedule,
    threads: usize,
    duration: impl Fn(Rank) -> Duration,
) -> Duration {
    simulated(schedule, threads, &duration, &mut |_, _, _| ())
}

/// The same, and calls `note` with each handler and the times of its start and its end.
fn simulated(
    mut schedule: Schedule,
    threads: usize,
    duration: &dyn Fn(Rank) -> Duration,
    note: &mut dyn FnMut(Rank, Duration, Duration),
) -> Duration {
    let mut running: Vec<(Duration, u32)> = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        while running.len() < threads.max(1) {
            let Next::Run(number) = schedule.start() else { break };
            let rank = schedule.rank(number);
            let end = now.saturating_add(duration(rank));
            note(rank, now, end);
            running.push((end, number));
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
        measured_with(sketches, |schedule, seconds| {
            length(schedule, threads, |rank| Duration::from_secs(seconds(rank)))
        })
        .as_secs()
    }

    /// The length of the longest path, and the sum of the times of the handlers on it.
    fn longest(sketches: &[Sketch], threads: usize) -> (u64, u64) {
        measured_with(sketches, |schedule, seconds| {
            let duration = |rank| Duration::from_secs(seconds(rank));
            let found = Longest::of(&schedule, threads, &duration);
            let handlers = found.handlers.expect("they were simulated");
            (found.length.as_secs(), handlers.into_iter().map(seconds).sum())
        })
    }

    fn measured_with<T>(
        sketches: &[Sketch],
        measure: impl FnOnce(Schedule, &dyn Fn(Rank) -> u64) -> T,
    ) -> T {
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
        measure(schedule, &seconds)
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

        /// On the path each handler starts when the one before it ends, so their times add up.
        #[test]
        fn the_times_on_the_longest_path_add_up_to_its_length(
            sketches in sketches(any::<bool>()),
            threads in 1..6_usize,
        ) {
            let length = measured(&sketches, threads);
            prop_assert_eq!(longest(&sketches, threads), (length, length));
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
