//! What the log keeps, and in which order.

use super::*;
use proptest::prelude::*;

static HANDLER: Declared = Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()));

fn at(nanoseconds: u64) -> Moment {
    Moment::from_bits(nanoseconds)
}

fn record(runner: u32, started: Moment, ended: Moment) -> Record {
    Record {
        subject: Subject::Declared(&HANDLER),
        outcome: Outcome::TimedOut,
        started,
        ended,
        thread: None,
        runner,
        number: None,
    }
}

/// What a step of a test adds.
#[derive(Clone, Debug)]
enum Step {
    Record,
    /// A batch with so many handlers.
    Batch(usize),
    /// A handler, and so many that follow it without a record.
    Lane(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Record),
        (0..4_usize).prop_map(Step::Batch),
        (0..4_usize).prop_map(Step::Lane),
    ];
    prop::collection::vec(step, 0..12)
}

/// The places of the ranks in a test have these lines.
fn subject(line: usize) -> Subject {
    let line = u32::try_from(line).expect("a small number");
    let handler = Declared::new("a", "app", "a.rs", line, 1, |_| Ok(()));
    Subject::Declared(Box::leak(Box::new(handler)))
}

proptest! {
    #[test]
    fn records_batches_and_lanes_stay_in_order(
        steps in steps(),
        expected_completed in 0..9_usize,
    ) {
        let (mut log, mut expected, mut now) = (Log::new(), Vec::new(), 0);
        prop_assert!(log.expect_completed(expected_completed));
        let mut ends = |runner, outcome, started, line, is_unlisted| {
            let ended = at(started + 1);
            expected.push((runner, outcome, at(started), ended, line, is_unlisted));
        };
        let mut ranks = 0;
        for (step, runner) in steps.into_iter().zip(1..) {
            match step {
                Step::Record => {
                    prop_assert!(log.reserve_one());
                    log.push(record(runner, at(now), at(now + 1)));
                    ends(runner, Outcome::TimedOut, now, 1, false);
                    now += 2;
                }
                Step::Batch(count) => {
                    prop_assert!(log.begin_batch(at(now), HandlerThread::Runner, runner, count));
                    for _ in 0..count {
                        log.push_completed(subject(1), at(now + 1));
                        ends(runner, Outcome::Completed, now, 1, false);
                        now += 1;
                    }
                    now += 1;
                }
                Step::Lane(count) => {
                    prop_assert!(log.begin_batch(at(now), HandlerThread::Runner, runner, 1));
                    log.push_completed(subject(1), at(now + 1));
                    ends(runner, Outcome::Completed, now, 1, false);
                    log.push_unlisted(Unlisted { count, first: ranks, share: 1 });
                    for place in ranks..ranks + count {
                        now += 1;
                        ends(runner, Outcome::Completed, now, 100 + place as u32, true);
                    }
                    ranks += count;
                    now += 2;
                }
            }
        }
        let seen = |logged: Logged<'_>| {
            let line = logged.subject.view().location().line();
            (logged.runner, logged.outcome.clone(), logged.started, logged.ended, line)
        };
        let all = expected.iter().map(|(runner, outcome, started, ended, line, _)| {
            (*runner, outcome.clone(), *started, *ended, *line)
        });
        prop_assert_eq!(log.len(), expected.len());
        for (place, (expected, unlisted)) in
            all.clone().zip(expected.iter().map(|of| of.5)).enumerate()
        {
            let expected = Some(expected).filter(|_| !unlisted);
            prop_assert_eq!(log.get(place).map(seen), expected);
        }
        let listed = all.clone().zip(&expected).filter(|(_, of)| !of.5).map(|(seen, _)| seen);
        prop_assert!(log.iter().map(seen).eq(listed));
        log.list(|place| Some(subject(100 + place)));
        let each = (0..log.len()).map(|place| log.get(place).map(seen));
        prop_assert!(each.eq(all.clone().map(Some)));
        prop_assert!(log.iter().map(seen).eq(all));
        prop_assert!(log.get(log.len()).is_none());
    }
}

/// Programs with many handlers have one for each.
#[test]
fn a_completed_handler_takes_32_bytes() {
    assert_eq!(size_of::<Completed>(), 32);
}

#[test]
fn the_first_record_takes_no_memory() {
    let mut log = Log::new();
    log.push(record(1, at(1), at(2)));
    assert_eq!((log.len(), log.others.capacity()), (1, 0));
    (0..3).for_each(|_| log.push(record(1, at(1), at(2))));
    assert_eq!(log.len(), 4);
}
