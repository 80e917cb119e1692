//! Which handlers have a row, in which order, beneath which thread.

use crate::picture::longest::end;
use crate::picture::sort::sort;
use crate::report::{HandlerReport, HandlerThread, Report};
use crate::text::count::Handlers;
use core::cmp::Reverse;

/// More than so many handlers do not all get a row: a picture of them would be of no use, and the
/// end of a process may wait for it.
pub(super) const MOST_ROWS: usize = 2_000;

/// The handlers of one thread.
pub(super) struct Group {
    pub(super) title: String,
    /// Their places in the report, in the order in which they started.
    pub(super) handlers: Vec<usize>,
}

impl Group {
    /// How many there are, in words.
    pub(super) fn count(&self) -> String {
        Handlers(self.handlers.len()).to_string()
    }
}

/// The groups in the order of the picture.
pub(super) fn groups(report: &Report) -> Vec<Group> {
    let handlers = report.handlers();
    let mut places = shown(report);
    let key = |place: usize| {
        let handler = &handlers[place];
        (thread(handler), handler.start(), end(handler))
    };
    sort(&mut places, &|one, other| key(one).cmp(&key(other)));
    let groups = places.chunk_by(|&one, &other| thread(&handlers[one]) == thread(&handlers[other]));
    groups
        .map(|places| Group { title: title(&handlers[places[0]]), handlers: places.to_vec() })
        .collect()
}

/// All; or those that failed, then those that took longest. What was skipped on request comes last.
fn shown(report: &Report) -> Vec<usize> {
    let handlers = report.handlers();
    let mut places: Vec<usize> = (0..handlers.len()).collect();
    if places.len() > MOST_ROWS {
        let key = |place: usize| {
            let handler = &handlers[place];
            (!handler.outcome().is_failure(), Reverse(handler.duration()))
        };
        sort(&mut places, &|one, other| key(one).cmp(&key(other)));
        places.truncate(MOST_ROWS);
        sort(&mut places, &|one, other| one.cmp(&other));
    }
    places
}

/// Runners in the order in which they started, then the caller, then what did not run.
fn thread(handler: &HandlerReport) -> (u8, u32) {
    match (handler.thread(), handler.runner()) {
        (Some(HandlerThread::Runner), number) => (0, number.unwrap_or(0)),
        (Some(HandlerThread::Caller), _) => (1, 0),
        (None, _) => (2, 0),
    }
}

fn title(handler: &HandlerReport) -> String {
    match (handler.thread(), handler.runner()) {
        (None, _) => "not run".to_owned(),
        (Some(thread), None) => thread.to_string(),
        (Some(thread), Some(number)) => format!("{thread} {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::picture_tests::{on_caller, ran, report, skipped};
    use crate::report::{Outcome, SkipReason};

    fn shape(report: &Report) -> Vec<(String, Vec<usize>)> {
        groups(report).into_iter().map(|group| (group.title, group.handlers)).collect()
    }

    #[test]
    fn rows_stand_by_thread_and_start() {
        let report =
            report([skipped(0), on_caller(9, 1), ran(2, 5, 1), ran(1, 7, 1), ran(1, 0, 1)]);
        let expected = [
            ("runner 1", vec![4, 3]),
            ("runner 2", vec![2]),
            ("caller", vec![1]),
            ("not run", vec![0]),
        ];
        assert_eq!(shape(&report), expected.map(|(title, places)| (title.to_owned(), places)));
    }

    #[test]
    fn of_very_many_those_that_failed_or_took_long_have_a_row() {
        let mut all: Vec<_> = (0..3_000).map(|start| ran(1, start, 1)).collect();
        all[7] = skipped(7);
        all[2_500] = ran(1, 2_500, 9);
        let shown = shown(&report(all));
        assert_eq!(shown.len(), MOST_ROWS);
        assert!(shown.contains(&7) && shown.contains(&2_500) && shown.is_sorted());
    }

    #[test]
    fn what_was_skipped_on_request_takes_no_row_from_what_ran() {
        let outcome = Outcome::Skipped(SkipReason::When);
        let mut all: Vec<_> = (0..3_000)
            .map(|start| HandlerReport { outcome: outcome.clone(), ..skipped(start) })
            .collect();
        (1_000..3_000).for_each(|place| all[place] = ran(1, place as u64, 1));
        assert_eq!(shown(&report(all)), (1_000..3_000).collect::<Vec<_>>());
    }
}
