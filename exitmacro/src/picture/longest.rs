//! The longest way: the chain of handlers that determined when the run ended.

use crate::picture::sort::sort;
use crate::report::{HandlerReport, Report};
use core::time::Duration;

/// The places of the handlers on it, in the order in which they ran.
///
/// A handler starts when another one ends: one that it waited for, the one before it on its thread,
/// or one beside which it may not run. The way goes back from the handler that ended last. What was
/// asked for or has the same thread comes first; another handler only if it ended clearly later.
pub(super) fn longest_way(report: &Report) -> Vec<usize> {
    let handlers = report.handlers();
    let mut by_end: Vec<usize> =
        (0..handlers.len()).filter(|&place| handlers[place].thread().is_some()).collect();
    sort(&mut by_end, &|one, other| key(handlers, one).cmp(&key(handlers, other)));
    let Some(&last) = by_end.last() else { return Vec::new() };
    let edges = report.edges();
    let mut by_target: Vec<usize> = (0..edges.len()).collect();
    sort(&mut by_target, &|one, other| edges[one].1.cmp(&edges[other].1));
    let before_on_thread = before_on_thread(handlers);
    let tolerance = end(&handlers[last]) / 50;
    let mut way = vec![last];
    let mut current = last;
    loop {
        let start = handlers[current].start();
        let ends_before = |place: usize| {
            end(&handlers[place]) <= start && key(handlers, place) < key(handlers, current)
        };
        let from = by_target.partition_point(|&edge| edges[edge].1 < current);
        let awaited = by_target[from..].iter().map(|&edge| edges[edge]);
        let related = awaited
            .take_while(|&(_, then)| then == current)
            .map(|(first, _)| first)
            .chain(before_on_thread[current])
            .filter(|&place| handlers[place].thread().is_some() && ends_before(place))
            .max_by_key(|&place| key(handlers, place));
        let earlier = by_end.partition_point(|&place| ends_before(place));
        let any = by_end[..earlier].last().copied();
        let ended = |place: usize| end(&handlers[place]);
        let previous = match (related, any) {
            (Some(related), Some(any)) if ended(any) > ended(related) + tolerance => any,
            (Some(place), _) | (None, Some(place)) => place,
            (None, None) => break,
        };
        way.push(previous);
        current = previous;
    }
    way.reverse();
    way
}

pub(super) fn end(handler: &HandlerReport) -> Duration {
    handler.start().saturating_add(handler.duration())
}

/// When the last handler ended, or the run, if that was later.
pub(super) fn last_end(report: &Report) -> Duration {
    report.handlers().iter().map(end).max().unwrap_or_default().max(report.duration())
}

/// Grows along a way, so that each way ends.
fn key(handlers: &[HandlerReport], place: usize) -> (Duration, Duration, usize) {
    (end(&handlers[place]), handlers[place].start(), place)
}

/// For each handler, the one that its thread executed before.
fn before_on_thread(handlers: &[HandlerReport]) -> Vec<Option<usize>> {
    let mut places: Vec<usize> = (0..handlers.len()).collect();
    let on_thread = |place: usize| {
        (handlers[place].runner(), handlers[place].thread().is_some(), key(handlers, place))
    };
    sort(&mut places, &|one, other| on_thread(one).cmp(&on_thread(other)));
    let mut before = vec![None; handlers.len()];
    for pair in places.windows(2) {
        let [first, then] = [pair[0], pair[1]].map(|place| &handlers[place]);
        if (first.runner(), first.thread()) == (then.runner(), then.thread()) {
            before[pair[1]] = Some(pair[0]);
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::picture_tests::{ran, report, skipped};
    use proptest::prelude::*;

    #[test]
    fn one_after_the_other_all_are_on_it() {
        let report = report([ran(1, 0, 10), ran(1, 10, 5), skipped(15), ran(1, 16, 1)]);
        assert_eq!(longest_way(&report), [0, 1, 3]);
    }

    #[test]
    fn beside_each_other_only_the_slower_one_is() {
        let report = report([ran(1, 0, 10), ran(2, 10, 5), ran(1, 10, 90), ran(1, 100, 1)]);
        assert_eq!(longest_way(&report), [0, 2, 3]);
    }

    #[test]
    fn an_edge_leads_to_another_thread() {
        let mut report = report([ran(1, 0, 40), ran(2, 0, 39), ran(2, 40, 60)]);
        report.edges = vec![(0, 2)];
        assert_eq!(longest_way(&report), [0, 2]);
    }

    #[test]
    fn what_another_runner_left_behind_is_on_it() {
        let report = report([ran(1, 0, 100), ran(2, 101, 3)]);
        assert_eq!(longest_way(&report), [0, 1]);
    }

    #[test]
    fn what_was_asked_for_comes_before_what_ended_a_moment_later() {
        let mut report = report([ran(1, 0, 100), ran(2, 0, 101), ran(3, 102, 98)]);
        report.edges = vec![(0, 2)];
        assert_eq!(longest_way(&report), [0, 2]);
    }

    #[test]
    fn a_handler_that_runs_alone_waits_for_other_threads() {
        let report = report([ran(1, 0, 10), ran(2, 0, 100), ran(1, 101, 50)]);
        assert_eq!(longest_way(&report), [1, 2]);
    }

    #[test]
    fn without_a_handler_that_ran_there_is_none() {
        assert!(longest_way(&report([skipped(1)])).is_empty());
        assert!(longest_way(&report([])).is_empty());
    }

    proptest! {
        #[test]
        fn a_way_never_goes_back_in_time(
            times in prop::collection::vec((0..4_u32, 0..9_u64, 0..9_u64), 0..20),
            edges in prop::collection::vec((0..20_usize, 0..20_usize), 0..20),
        ) {
            let count = times.len();
            let mut report =
                report(times.into_iter().map(|(runner, start, length)| match runner {
                    0 => skipped(start),
                    _ => ran(runner, start, length),
                }));
            report.edges = edges.into_iter().filter(|&(a, b)| a < count && b < count).collect();
            let way = longest_way(&report);
            for pair in way.windows(2) {
                prop_assert!(end(&report.handlers[pair[0]]) <= report.handlers[pair[1]].start);
            }
            let last =
                report.handlers.iter().filter(|handler| handler.thread.is_some()).map(end).max();
            prop_assert_eq!(way.last().map(|&place| end(&report.handlers[place])), last);
        }
    }
}
