//! Lanes of registered and declared handlers.

use super::*;
use crate::config::Bounds;
use crate::handler::context::ExitReason;
use crate::handler::options::Options;
use crate::registry::Detail;
use crate::registry::tests::{act_in, register_bare_in};
use crate::run::lane::have_lanes;
use crate::sys::PLACES;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// The terms of a run that ends the process, and whose report is not wanted.
fn exiting() -> Terms {
    Terms { reason: ExitReason::Exit, ..a_minute() }
}

const fn bare(name: &'static str, line: u32) -> Declared {
    // The handler on the later line runs first.
    Declared::bare(name, "app", "src/main.rs", 100 - line, 1, |_| Ok(()))
}

static THREE: [Declared; 3] = [bare("a", 1), bare("b", 2), bare("c", 3)];

fn put_bare(
    table: &mut Table,
    function: impl FnOnce() + Send + 'static,
    priority: i32,
) -> HandlerId {
    register_bare_in(table, function, priority, None).expect("the table is open")
}

/// A run of these handlers, which opens a lane for as few as follow the first one.
fn begun(table: Table, declared: &'static [Declared], terms: Terms) -> Begun {
    have_lanes();
    Begun::opening_lanes(table, declared, terms)
}

/// So many handlers, which count how often they ran; their priorities go down to 1.
fn counting(count: i32) -> (Table, Vec<HandlerId>, Arc<AtomicUsize>) {
    let (mut table, ran) = (Table::new(), Arc::new(AtomicUsize::new(0)));
    let put = |priority| {
        let ran = Arc::clone(&ran);
        put_bare(&mut table, move || _ = ran.fetch_add(1, Relaxed), priority)
    };
    let ids = (1..=count).rev().map(put).collect();
    (table, ids, ran)
}

#[test]
fn handlers_in_a_lane_run_once_in_order_and_are_reported_like_the_others() {
    let (table, ids, ran) = counting(200);
    let mut begun = begun(table, &THREE, exiting());
    assert!(begun.lease.lane.is_some() && begun.leased() == PLACES);
    let last = begun.execute();
    assert_eq!((last.number, last.id, ran.load(Relaxed)), (129, Some(ids[128]), 129));
    assert!(begun.settle(last));
    let so_far: Vec<_> = (72..=200).rev().collect();
    assert_eq!(priorities(&begun.report()), so_far);
    begun.take_next();
    assert_eq!(begun.leased(), 73, "those that are left, with three that are declared");
    let last = begun.execute();
    assert_eq!((last.number, last.id, ran.load(Relaxed)), (203, None, 200));
    assert!(begun.settle(last));
    let report = begun.report();
    let mut all: Vec<_> = (1..=200).rev().collect();
    all.extend([0, 0, 0]);
    assert_eq!(priorities(&report), all);
    assert_eq!(names(&report)[200..], ["a", "b", "c"]);
    assert!(report.is_success());
    assert!(
        report.handlers().is_sorted_by(|one, next| one.start() + one.duration() <= next.start()),
        "each begins when the previous one ends"
    );
    for id in ids {
        assert_eq!(locked(begun.table).remove(id).err(), Some(Unregistered::Finished));
    }
    begun.take_next();
    assert!(begun.leased() == 0, "nothing follows the flush");
}

#[test]
fn handlers_of_one_priority_come_into_the_queue_as_they_run() {
    let (mut table, ran) = (Table::new(), Arc::new(Mutex::new(Vec::new())));
    let put = |number| {
        let ran = Arc::clone(&ran);
        put_bare(&mut table, move || ran.lock().expect("none panics").push(number), 0)
    };
    let ids: Vec<_> = (0..700).map(put).collect();
    let mut begun = begun(table, &THREE, exiting());
    let last = begun.execute();
    assert!(begun.settle(last));
    // One that is in the queue, and one that is not yet.
    for removed in [500, 100] {
        _ = locked(begun.table).remove(ids[removed]).expect("it waits");
    }
    // Into the slot of one that was removed: it is no part of the queue.
    let late = Arc::clone(&ran);
    let function = move || late.lock().expect("none panics").push(700);
    put_bare(&mut locked(begun.table), function, -1);
    while begun.step_executes() {}
    let mut expected: Vec<_> = (0..700).rev().collect();
    expected.retain(|number| ![500, 100].contains(number));
    expected.push(700);
    assert_eq!(*ran.lock().expect("none panics"), expected);
    let report = begun.report();
    assert_eq!(report.handlers().len(), 702);
    assert_eq!(names(&report)[698..701], ["a", "b", "c"]);
}

#[test]
fn handlers_of_a_lane_share_the_time_that_they_took() {
    let (table, ..) = counting(5);
    let mut begun = begun(table, &[], Terms { clock: Moment::now, ..exiting() });
    let last = begun.execute();
    assert!(begun.settle(last));
    let report = begun.report();
    let first = report.handlers()[0].duration();
    assert!(first > Duration::ZERO);
    assert!(report.handlers()[..4].iter().all(|handler| handler.duration() == first));
}

#[test]
fn only_bare_handlers_run_in_a_lane() {
    let count = |change: fn(&mut Detail)| {
        let (mut table, ..) = counting(2);
        let mut detail = Detail::default();
        change(&mut detail);
        register_bare_in(&mut table, || (), 0, Some(detail)).expect("the table is open");
        begun(table, &[], exiting()).lease.lane.map_or(0, |lane| lane.left())
    };
    assert_eq!(count(|detail| detail.name = Some("with a name".into())), 2);
    assert_eq!(count(|detail| detail.options.timeout = Some(Duration::from_millis(50))), 2);
    for change in [
        |detail: &mut Detail| detail.options.timeout = Some(Duration::from_millis(49)),
        |detail: &mut Detail| detail.options.timeout = Some(Duration::from_secs(11)),
        |detail: &mut Detail| detail.options.when = When::Success,
        |detail: &mut Detail| detail.options.on_caller = true,
    ] {
        assert_eq!(count(change), 1, "the lane ends before it");
    }
    let (mut table, ..) = counting(2);
    put_in(&mut table, || (), 0);
    assert_eq!(begun(table, &[], exiting()).lease.lane.map_or(0, |lane| lane.left()), 1);
}

#[test]
fn there_is_no_lane_where_times_are_wanted() {
    let has_lane = |terms: Terms, is_report_due: bool| {
        have_lanes();
        let (mut table, ..) = counting(2);
        let options = Options { timeout: Some(Duration::from_secs(1)), ..Options::NONE };
        let detail = Detail { options, ..Detail::default() };
        register_bare_in(&mut table, || (), 9, Some(detail)).expect("the table is open");
        let mut begun = Begun::before_the_first(table, &[], terms);
        begun.lease.fewest_for_lane = 1;
        begun.run.report_is_due = is_report_due;
        begun.take_next();
        assert_eq!(begun.leased(), 2, "they are leased at least");
        begun.lease.lane.is_some()
    };
    assert!(has_lane(exiting(), false));
    assert!(!has_lane(exiting(), true), "a receiver gets the report");
    assert!(!has_lane(a_minute(), false), "`run` returns the report");
    let message = TerminationMessage { path: "message", write: |_| () };
    let config = Config { termination_message: Some(message), ..a_minute().config };
    assert!(!has_lane(Terms { config, ..exiting() }, false));
    let bounds = Bounds { budget: Duration::from_secs(11), ..config.bounds };
    let config = Config { bounds, ..a_minute().config };
    assert!(!has_lane(Terms { config, ..exiting() }, false), "the budget bounds them");
    let bounds = Bounds { timeout: Duration::from_millis(49), ..a_minute().config.bounds };
    let config = Config { bounds, ..a_minute().config };
    assert!(!has_lane(Terms { config, ..exiting() }, false), "looks would be too late");
}

#[test]
fn a_handler_in_the_lane_can_be_unregistered_until_it_begins() {
    let (table, ids, ran) = counting(5);
    let mut begun = begun(table, &[], exiting());
    let mut lane = begun.lease.lane.take().expect("it was opened");
    assert!(lane.begin().is_some(), "the second one is running");
    assert_eq!(locked(begun.table).len(), 0, "the others are in the lane");
    assert_eq!(locked(begun.table).remove(ids[0]).err(), Some(Unregistered::Finished));
    assert!(lane.begin().is_none(), "the lane is closed");
    assert_eq!(locked(begun.table).remove(ids[1]).err(), Some(Unregistered::Running));
    assert!(locked(begun.table).remove(ids[3]).is_ok());
    assert_eq!(locked(begun.table).len(), 2);
    let last = Finished { number: 2, id: Some(ids[1]), outcome: Outcome::Completed };
    assert!(begun.settle(last));
    assert_eq!(locked(begun.table).remove(ids[1]).err(), Some(Unregistered::Finished));
    assert_eq!(priorities(&begun.report()), [5, 4]);
    while begun.step_executes() {}
    assert_eq!(priorities(&begun.report()), [5, 4, 3, 1]);
    assert_eq!(ran.load(Relaxed), 2, "the test has executed none of the first two");
}

#[test]
fn a_handler_that_is_registered_meanwhile_closes_the_lane() {
    let (table, ids, _) = counting(3);
    let mut begun = begun(table, &[], exiting());
    let mut lane = begun.lease.lane.take().expect("it was opened");
    put_bare(&mut locked(begun.table), || (), 9);
    assert!(lane.begin().is_none());
    assert!(begun.settle(Finished { number: 1, id: Some(ids[0]), outcome: Outcome::Completed }));
    while begun.step_executes() {}
    assert_eq!(priorities(&begun.report()), [3, 9, 2, 1]);
}

#[test]
fn an_abandoned_handler_of_a_lane_is_the_one_that_was_running() {
    let (table, ids, _) = counting(4);
    let mut begun = begun(table, &[], exiting());
    let mut lane = begun.lease.lane.take().expect("it was opened");
    assert!(lane.begin().is_some() && lane.begin().is_some());
    begun.catch_up();
    assert!(begun.run.is_running(3) && !begun.run.is_running(1));
    let current = begun.run.active.only().expect("the third one is running");
    assert_eq!(current.limit, Limit::Timeout(Duration::from_secs(10)));
    assert_eq!(current.deadline, current.started.plus(Duration::from_secs(10)));
    assert!(begun.abandon(3));
    assert!(lane.begin().is_none(), "its runner begins no other handler");
    assert!(!begun.settle(Finished { number: 3, id: Some(ids[2]), outcome: Outcome::Completed }));
    while begun.step_executes() {}
    let report = begun.report();
    let outcomes: Vec<_> = report.handlers().iter().map(|handler| handler.outcome()).collect();
    let completed = &Outcome::Completed;
    assert_eq!(outcomes, [completed, completed, &Outcome::TimedOut, completed]);
    assert_eq!(priorities(&report), [4, 3, 2, 1]);
}

#[test]
fn a_handler_that_fails_in_a_lane_ends_it() {
    let mut table = Table::new();
    for priority in 1..=4 {
        put_bare(&mut table, move || assert!(priority != 2, "as asked"), priority);
    }
    let mut begun = begun(table, &[], exiting());
    let last = begun.execute();
    assert_eq!((last.number, &last.outcome), (3, &Outcome::Panicked("as asked".to_owned())));
    assert!(begun.settle(last));
    while begun.step_executes() {}
    let report = begun.report();
    assert_eq!(priorities(&report), [4, 3, 2, 1]);
    assert_eq!(report.handlers()[2].outcome(), &Outcome::Panicked("as asked".to_owned()));
    assert_eq!(report.totals().completed, 3);
}

#[test]
fn a_lane_in_which_nothing_goes_on_is_followed_by_a_lease() {
    let (table, ids, _) = counting(20);
    let mut begun = begun(table, &[], exiting());
    begun.catch_up();
    assert!(begun.lease.lane.take().is_some_and(|mut lane| lane.begin().is_none()));
    assert!(begun.settle(Finished { number: 1, id: Some(ids[0]), outcome: Outcome::Completed }));
    for has_lane in [false, true] {
        begun.take_next();
        assert_eq!(begun.lease.lane.is_some(), has_lane);
        begun.lease.count = begun.lease.count.min(1);
        let last = begun.execute();
        assert!(begun.settle(last));
    }
}

#[test]
fn what_ran_in_a_lane_is_reported_when_a_schedule_replaces_the_order() {
    let (table, ..) = counting(4);
    let mut begun = begun(table, &[], exiting());
    let last = begun.execute();
    act_in(&mut locked(begun.table), || (), -1, true, Vec::new());
    assert!(begun.settle(last));
    while begun.step_executes() {}
    assert_eq!(priorities(&begun.report()), [4, 3, 2, 1, -1]);
}

#[test]
fn a_forked_child_has_no_lane_of_its_parent() {
    let (table, ids, _) = counting(4);
    let mut begun = begun(table, &[], exiting());
    let mut lane = begun.lease.lane.take().expect("it was opened");
    // As a fork does: it locks the state first.
    begun.catch_up();
    locked(begun.table).disown();
    begun.run.disown();
    assert!(lane.begin().is_none() && locked(begun.table).is_empty());
    assert_eq!(locked(begun.table).remove(ids[3]).err(), Some(Unregistered::Finished));
    assert!(begun.report().handlers().is_empty());
}

#[test]
fn the_options_of_a_handler_count_in_its_lane() {
    let (mut table, ids, _) = counting(1);
    let options = Options { timeout: Some(Duration::from_secs(2)), ..Options::NONE };
    let detail = Detail { options, name: Some("named".into()), ..Detail::default() };
    register_bare_in(&mut table, || (), 0, Some(detail)).expect("the table is open");
    let mut begun = begun(table, &[], exiting());
    let mut lane = begun.lease.lane.take().expect("it was opened");
    assert!(lane.begin().is_some());
    begun.catch_up();
    let current = begun.run.active.only().expect("it is running");
    assert_eq!(current.subject.as_ref().map(|subject| subject.name()), Some("named"));
    assert_eq!(current.limit, Limit::Timeout(Duration::from_secs(2)));
    assert_eq!(locked(begun.table).remove(ids[0]).err(), Some(Unregistered::Finished));
}

#[test]
fn the_supervisor_looks_at_a_lane_in_time_and_no_longer_than_lanes_are_opened() {
    let (table, ..) = counting(3);
    let mut begun = begun(table, &[], exiting());
    let (run, now) = (&mut begun.run, still());
    let soon = now.plus(crate::times::LANE_LOOK);
    for (wakes_at, needs_look) in [(now, false), (soon, false), (Moment::NEVER, true)] {
        run.wakes_at = wakes_at;
        assert_eq!(run.lane_needs_look(now), needs_look);
    }
    assert_eq!((run.lanes.next_look(now), run.lanes.next_look(now)), (soon, Moment::NEVER));
    begun.catch_up();
    assert!(!begun.run.lane_needs_look(now), "the lane is closed");
}

/// As when the process was stopped meanwhile.
#[test]
fn a_running_handler_has_its_whole_timeout_when_it_is_found() {
    fn later() -> Moment {
        still().plus(MINUTE)
    }
    let (table, ..) = counting(3);
    let mut begun = begun(table, &[], Terms { clock: later, ..exiting() });
    let mut lane = begun.lease.lane.take().expect("it was opened");
    assert!(lane.begin().is_some());
    begun.catch_up();
    let current = begun.run.active.only().expect("the second one is running");
    let left = current.deadline.since(later());
    assert!(left + Duration::from_micros(1) >= Duration::from_secs(10), "{left:?}");
}
