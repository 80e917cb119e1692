//! The state of a run, step by step on a clock of the test's own; and all interleavings of
//! register, unregister, run and abandon, as far as a scheduler that tries thousands of them gets.

use super::*;
use crate::config::{Bounds, LogLevel};
use crate::error::RegisterError;
use crate::fork::ownership;
use crate::handler::id::HandlerId;
use crate::registry::Unregistered;
use crate::registry::tests::register_in;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{HandlerThread, Limit, Outcome, SkipReason};
use crate::run::active::{Current, Worker};
use crate::run::execute::execute;
use crate::run::invocation::{Invocation, Job};
use crate::run::next::Step;
use crate::run::settle::Finished;
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

static DECLARED: [Declared; 2] = [
    Declared::new("declared low", "app", "src/main.rs", 1, 1, |_| Ok(())).priority(-1),
    Declared::new("declared high", "app", "src/main.rs", 2, 1, |_| {
        Err("no luck".to_owned().into())
    })
    .priority(1),
];

/// What a run shares with its handlers: of each test its own, as tests run concurrently.
pub(in crate::run) fn live() -> &'static Live {
    Box::leak(Box::new(Live::new()))
}

pub(in crate::run) fn idle() -> Run {
    Run::new(live())
}

pub(in crate::run) fn terms(budget: Duration) -> Terms {
    let caller = Worker::caller();
    let config = Config {
        bounds: Bounds {
            budget,
            timeout: Duration::from_secs(10),
            is_timeout_stated: false,
            threads: 32,
        },
        process: ownership::me(),
        is_starved: false,
        log: LogLevel::Error,
        status: false,
        skip: None,
        on_failure: None,
        stdout_may_be_locked: false,
        termination_message: None,
    };
    Terms {
        reason: ExitReason::Requested,
        config,
        caller,
        inline: false,
        aborts: false,
        awaited: false,
        clock: Moment::now,
    }
}

/// A handler that the calling thread is executing.
pub(in crate::run) fn current(number: u64, handed_over: Option<Invocation>) -> Current {
    let (now, limit) = (Moment::now(), Limit::Timeout(Duration::from_secs(10)));
    Current {
        number,
        slot: 0,
        deadline: now.plus(limit.duration()),
        started: now,
        worker: alone(),
        place: None,
        subject: None,
        limit,
        handed_over,
    }
}

fn begun(declared: &'static [Declared], table: &mut Table, budget: Duration) -> (Run, Moment) {
    let mut run = idle();
    let now = Moment::now();
    run.begin(terms(budget), declared, true, table, now, now);
    (run, now)
}

/// A worker that executes everything itself, the flush included.
/// Begins a run of what is in the table, which has a minute.
fn begin_registered(run: &mut Run, table: &mut Table) {
    let now = Moment::now();
    run.begin(terms(Duration::from_secs(60)), &[], true, table, now, now);
}

fn alone() -> Worker {
    Worker::caller()
}

fn run_all(run: &mut Run, table: &mut Table, now: Moment) {
    while let Step::Execute(turn) = run.next(now, table, alone(), &mut Line::new()) {
        assert!(run.settle(execute(turn), now, table, &mut Line::new()), "nobody abandons here");
    }
}

fn log(run: &Run) -> Vec<(String, Outcome)> {
    run.report()
        .handlers()
        .iter()
        .map(|handler| (handler.name().to_owned(), handler.outcome().clone()))
        .collect()
}

#[test]
fn a_run_goes_through_the_plan_and_ends() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(1));
    run_all(&mut run, &mut table, now);
    let outcomes: Vec<Outcome> = log(&run).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Failed("no luck".to_owned()), Outcome::Completed, Outcome::Completed]
    );
    assert!(run.phase == Phase::Finished);
    #[cfg(feature = "resources")]
    assert!(run.has_failures);
    assert_eq!(register_in(&mut table, || (), 0), Err(RegisterError::Finished));
}

/// The first of these handlers, with the run that it is in.
fn first_of(declared: &'static [Declared], terms: Terms) -> (Run, Table, Moment, Invocation) {
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms, declared, true, &mut table, now, now);
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    (run, table, now, turn)
}

#[test]
fn stdout_is_flushed_where_nobody_else_can_hold_its_lock_or_the_flush_can_be_given_up() {
    for (inline, reason, flushes) in [
        (false, ExitReason::Exit, true),
        (true, ExitReason::Exit, false),
        (true, ExitReason::Unload, true),
        (false, ExitReason::Unload, true),
    ] {
        let (mut run, mut table, now, turn) =
            first_of(&DECLARED[..1], Terms { inline, reason, ..terms(Duration::from_secs(1)) });
        assert!(run.settle(execute(turn), now, &mut table, &mut Line::new()));
        let step = run.next(now, &mut table, alone(), &mut Line::new());
        assert_eq!(
            matches!(step, Step::Execute(Invocation { job: Job::Flush, .. })),
            flushes,
            "{inline} {reason}"
        );
        assert_eq!(matches!(step, Step::End), !flushes, "{inline} {reason}");
    }
}

#[test]
fn only_an_async_handler_has_time_to_drop_its_future() {
    static HANDLERS: [Declared; 2] = [
        Declared::new("a", "app", "src/main.rs", 1, 1, |_| Ok(())).timeout(Duration::from_secs(1)),
        Declared::new("b", "app", "src/main.rs", 2, 1, |_| Ok(()))
            .timeout(Duration::from_secs(1))
            .asynchronous(),
    ];
    for (handler, patience) in HANDLERS.chunks(1).zip([Duration::ZERO, ASYNC_DROP_TIMEOUT]) {
        let (run, _, now, _) = first_of(handler, terms(Duration::from_secs(60)));
        assert_eq!(run.next_deadline(), now.plus(Duration::from_secs(1) + patience));
    }
}

static TWO_SIDE_BY_SIDE: [Declared; 2] = [
    Declared::new("a", "app", "src/main.rs", 1, 1, |_| Ok(())).concurrent(),
    Declared::new("b", "app", "src/main.rs", 2, 1, |_| Ok(())).concurrent(),
];

#[test]
fn as_many_run_side_by_side_as_the_program_allows() {
    for threads in [1, 2] {
        let all = terms(Duration::from_secs(1));
        let (mut run, mut table, now, _) = first_of(
            &TWO_SIDE_BY_SIDE,
            Terms {
                config: Config { bounds: Bounds { threads, ..all.config.bounds }, ..all.config },
                ..all
            },
        );
        assert_eq!(run.has_work_for_another(), threads == 2);
        let step = run.next(now, &mut table, alone(), &mut Line::new());
        assert_eq!(matches!(step, Step::Execute(_)), threads == 2);
        assert_eq!(matches!(step, Step::Wait), threads == 1);
        assert!(!run.has_work_for_another());
    }
}

#[test]
fn help_is_needed_only_where_it_finds_something_to_do() {
    assert!(!idle().has_work_for_another(), "no run");
    let (mut run, ..) = first_of(&DECLARED, terms(Duration::from_secs(1)));
    assert!(!run.has_work_for_another(), "one that runs alone");
    let (mut run, mut table, now, _) = first_of(&TWO_SIDE_BY_SIDE, terms(Duration::from_secs(1)));
    assert!(run.has_work_for_another());
    run.out_of_budget = true;
    assert!(
        !run.has_work_for_another()
            && matches!(run.next(now, &mut table, alone(), &mut Line::new()), Step::End)
    );
}

#[test]
fn a_runner_is_waited_for_unless_it_is_gone_or_late_or_there_never_was_one() {
    let (mut run, ..) = first_of(&DECLARED, terms(Duration::from_secs(1)));
    assert!(run.has_no_runner());
    run.runners.reserve();
    assert!(!run.has_no_runner());
    run.out_of_budget = true;
    assert!(run.has_no_runner());
    run.out_of_budget = false;
    run.note_no_supervisor();
    assert!(run.has_no_runner());
}

#[test]
fn the_end_is_told_to_those_that_would_hear_of_it_too_late() {
    let now = Moment::now();
    let soon = now.plus(Duration::from_millis(10));
    for (waiting, supervising, wakes_at, is_told) in [
        (1, 1, soon, false),
        (2, 1, soon, true),
        (1, 0, soon, true),
        (1, 1, now.plus(Duration::from_secs(10)), true),
    ] {
        let mut run = idle();
        (run.waiting, run.supervising, run.wakes_at) = (waiting, supervising, wakes_at);
        assert_eq!(run.end_is_awaited(now), is_told, "{waiting} {supervising}");
    }
}

#[test]
fn an_abandoned_turn_is_settled_once() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(1));
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    let seen_by_handler = turn.number;
    let mut line = Line::new();
    run.abandon(seen_by_handler, End::Abandoned, now.plus(Duration::from_millis(5)), &mut line);
    assert!(!line.is_empty());
    assert!(!run.is_turn(seen_by_handler) && run.is_abandoned(alone().thread));
    assert!(!run.settle(execute(turn), now, &mut table, &mut Line::new()));
    assert!(!run.is_abandoned(alone().thread));
    assert_eq!(
        log(&run).into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(),
        [Outcome::TimedOut]
    );
}

fn text(line: &Line) -> String {
    line.to_string()
}

/// Starts the only handler, lets it end somehow after so many milliseconds, and returns what stderr
/// hears and what the report says.
fn ends(
    terms: Terms,
    handler: Declared,
    after: u64,
    end: impl FnOnce(&mut Run, Invocation, Moment, &mut Line),
) -> (String, Option<Limit>) {
    let declared: &'static [Declared] = Box::leak(Box::new([handler]));
    let (mut table, mut run, mut line, now) = (Table::new(), idle(), Line::new(), Moment::now());
    run.begin(terms, declared, true, &mut table, now, now);
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    end(&mut run, turn, now.plus(Duration::from_millis(after)), &mut line);
    let [handler] = run.report().handlers().to_vec().try_into().expect("one handler");
    (text(&line), handler.limit())
}

fn told(rest: &str) -> String {
    format!("exitmacro: handler `slow` (src/main.rs:1) {rest}\n")
}

#[test]
fn each_way_to_take_too_long_has_its_line_and_names_the_limit() {
    let slow = |timeout: u64| {
        Declared::new("slow", "app", "src/main.rs", 1, 1, |_| Ok(()))
            .timeout(Duration::from_millis(timeout))
    };
    let one_second = Some(Limit::Timeout(Duration::from_secs(1)));
    let abandon = |how: End| {
        move |run: &mut Run, turn: Invocation, now: Moment, line: &mut Line| {
            assert!(run.abandon(turn.number, how, now, line))
        }
    };
    let settle = |outcome: Outcome| {
        move |run: &mut Run, turn: Invocation, now: Moment, line: &mut Line| {
            assert!(run.settle(
                Finished { number: turn.number, id: None, outcome },
                now,
                &mut Table::new(),
                line
            ));
        }
    };
    let budget = |seconds| terms(Duration::from_secs(seconds));
    let inline = Terms { inline: true, ..budget(60) };

    let abandoned = ends(budget(60), slow(1_000), 1_000, abandon(End::Abandoned));
    assert_eq!(
        abandoned,
        (told("timed out after 1.0s and was abandoned: its timeout is 1s"), one_second)
    );

    let dropped = ends(budget(60), slow(1_000).asynchronous(), 1_000, settle(Outcome::TimedOut));
    assert_eq!(dropped, (told("timed out after 1.0s: its timeout is 1s"), one_second));

    let late = ends(inline, slow(1_000), 1_200, settle(Outcome::Completed));
    assert_eq!(
        late,
        (
            told(
                "timed out after 1.2s: its timeout is 1s; nothing could interrupt it, and it has completed"
            ),
            one_second
        )
    );

    let just_in_time = ends(inline, slow(1_000), 1_000, settle(Outcome::Completed));
    assert_eq!(just_in_time, (String::new(), None));

    let parked = ends(budget(60), slow(1_000), 100, abandon(End::Parked));
    let why = "it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead";
    assert_eq!(parked, (told(&format!("timed out after 100.0ms: {why}")), None));

    let perhaps_parked = ends(budget(60), slow(1_000), 1_000, abandon(End::AbandonedPerhapsParked));
    let why = "if it called `std::process::exit`, that never returns in a process that is already exiting: use `exitmacro::exit` instead";
    assert_eq!(
        perhaps_parked,
        (
            told(&format!("timed out after 1.0s and was abandoned: its timeout is 1s; {why}")),
            one_second
        )
    );

    let [left, share] = [20_000, 19_750].map(Duration::from_millis);
    let cut = ends(budget(20), slow(30_000), 20_000, abandon(End::Abandoned));
    assert_eq!(
        cut,
        (
            told("timed out after 20.0s and was abandoned: 20s were left of the budget of 20s"),
            Some(Limit::Budget { left, budget: left })
        )
    );
    let cut = ends(budget(20), slow(30_000).asynchronous(), 19_750, settle(Outcome::TimedOut));
    assert_eq!(
        cut,
        (
            told("timed out after 19.7s: its share of the budget was 19.7s, of 20s left"),
            Some(Limit::Share { share, left })
        )
    );
}

#[test]
fn a_flush_that_takes_too_long_says_how_long_it_had() {
    let mut table = Table::new();
    let (mut run, now) = begun(&DECLARED[..1], &mut table, Duration::from_millis(600));
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    assert!(run.settle(execute(turn), now, &mut table, &mut Line::new()));
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("the flush waits")
    };
    let mut line = Line::new();
    run.abandon(turn.number, End::Abandoned, now.plus(Duration::from_millis(600)), &mut line);
    assert_eq!(
        text(&line),
        "exitmacro: stdout was not flushed within 600ms: no process reads it, or another thread holds its lock\n"
    );
}

#[test]
fn while_others_wait_the_limit_is_a_share() {
    let mut table = Table::new();
    register_in(&mut table, || (), 5).expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(5));
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    let mut line = Line::new();
    run.abandon(turn.number, End::Abandoned, now.plus(Duration::from_millis(4_500)), &mut line);
    assert!(text(&line).ends_with(" timed out after 4.5s and was abandoned: its share of the budget was 4.5s, of 5s left\n"), "{}", text(&line));
}

/// Its timeout ends within the budget, but in the tenth that is kept for the others.
#[test]
fn while_others_wait_a_timeout_that_leaves_less_than_a_tenth_is_cut() {
    static SLOW: [Declared; 1] = [Declared::new("slow", "app", "src/main.rs", 1, 1, |_| Ok(()))
        .timeout(Duration::from_millis(4_800))];
    for others in [0, 1] {
        let mut table = Table::new();
        (0..others)
            .for_each(|_| _ = register_in(&mut table, || (), -1).expect("the table is open"));
        let (mut run, now) = begun(&SLOW, &mut table, Duration::from_secs(5));
        assert!(matches!(run.next(now, &mut table, alone(), &mut Line::new()), Step::Execute(_)));
        assert_eq!(
            run.next_deadline().since(now),
            Duration::from_millis(if others == 0 { 4_800 } else { 4_500 })
        );
    }
}

/// A handler that comes during the run has edges, and to put all in order takes too long:
/// priorities settle it, and that is said once.
#[test]
fn a_late_plan_that_takes_too_long_is_given_up_once() {
    use crate::registry::tests::place_in;
    let mut table = Table::new();
    let mut run = idle();
    let now = Moment::now();
    run.begin(
        Terms { clock: || Moment::NEVER, ..terms(Duration::from_secs(60)) },
        &DECLARED,
        true,
        &mut table,
        now,
        now,
    );
    let ids: Vec<HandlerId> =
        (0..3_000).map(|_| place_in(&mut table, 0, false, Vec::new(), Vec::new())).collect();
    place_in(&mut table, 7, false, vec![crate::handler::edge::Key::Id(ids[0])], Vec::new());
    let mut lines = Vec::new();
    loop {
        let mut line = Line::new();
        match run.next(now, &mut table, alone(), &mut line) {
            Step::Execute(turn) => {
                assert!(run.settle(execute(turn), now, &mut table, &mut Line::new()))
            }
            Step::Print => lines.push(text(&line)),
            _ => break,
        }
    }
    assert_eq!(lines, [format!("exitmacro: {}\n", Unplanned::OutOfTime)]);
    let handlers = run.report();
    assert_eq!((handlers.handlers().len(), handlers.handlers()[0].priority()), (3_003, 7));
    assert!(
        handlers.handlers().iter().all(|handler| !matches!(handler.outcome(), Outcome::Skipped(_)))
    );
}

#[test]
fn a_schedule_takes_in_what_comes_and_what_goes_during_the_run() {
    use crate::registry::tests::place_in;
    let mut table = Table::new();
    let unregistered = place_in(&mut table, 0, false, Vec::new(), Vec::new());
    for priority in [3, 2] {
        place_in(&mut table, priority, false, Vec::new(), Vec::new());
    }
    place_in(&mut table, 5, false, vec![crate::handler::edge::Key::Id(unregistered)], Vec::new());
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(60));
    let mut next = |table: &mut Table| match run.next(now, table, alone(), &mut Line::new()) {
        Step::Execute(turn) => assert!(run.settle(execute(turn), now, table, &mut Line::new())),
        _ => panic!("a handler waits"),
    };
    next(&mut table);
    assert!(table.remove(unregistered).is_ok());
    next(&mut table);
    register_in(&mut table, || (), 9).expect("the run goes on");
    next(&mut table);
    next(&mut table);
    let priorities: Vec<i32> =
        run.report().handlers().iter().map(|handler| handler.priority()).collect();
    assert_eq!(priorities, [3, 5, 9, 2]);
}

#[test]
fn without_budget_the_rest_is_skipped_one_by_one() {
    let mut table = Table::new();
    let id = register_in::<()>(&mut table, || panic!("skipped ones do not run"), 0)
        .expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(1));
    let late = now.plus(Duration::from_secs(2));
    assert!(run.budget_is_over(late) && !run.budget_is_over(now));
    let (mut lines, mut line) = (0, Line::new());
    while matches!(run.skip_one(late, &mut table, &mut line), Step::Print) {
        lines += u32::from(!line.is_empty());
    }
    let skipped = Outcome::Skipped(SkipReason::Budget);
    assert_eq!(
        (lines, log(&run).iter().filter(|(_, outcome)| *outcome == skipped).count()),
        (3, 3)
    );
    assert_eq!(table.remove(id).err(), Some(Unregistered::Finished));
    assert!(
        run.phase == Phase::Finished
            && matches!(run.next(late, &mut table, alone(), &mut Line::new()), Step::End)
    );
}

#[test]
fn a_turn_for_the_caller_waits_for_it() {
    static FOR_CALLER: [Declared; 1] =
        [Declared::new("caller", "app", "src/main.rs", 1, 1, |_| Ok(())).on_caller()];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_CALLER, &mut table, Duration::from_secs(1));
    let Step::HandedOver(number) = run.next(now, &mut table, Worker::runner(1), &mut Line::new())
    else {
        panic!("it is for the caller")
    };
    assert!(run.is_turn(number) && !run.is_inside(alone().thread));
    let turn = run.pick_up(now).expect("it waits");
    assert!(run.is_inside(alone().thread) && run.pick_up(now).is_none());
    let mut line = Line::new();
    assert!(run.settle(execute(turn), now, &mut table, &mut line) && line.is_empty());
    assert_eq!(run.report().handlers()[0].thread(), Some(HandlerThread::Caller));
}

#[test]
fn the_time_of_a_turn_for_the_caller_begins_when_the_caller_comes_for_it() {
    const TIMEOUT: Duration = Duration::from_millis(50);
    static FOR_CALLER: [Declared; 1] =
        [Declared::new("caller", "app", "src/main.rs", 1, 1, |_| Ok(()))
            .on_caller()
            .timeout(TIMEOUT)];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_CALLER, &mut table, Duration::from_secs(1));
    let Step::HandedOver(number) = run.next(now, &mut table, Worker::runner(1), &mut Line::new())
    else {
        panic!("it is for the caller")
    };
    let late = now.plus(TIMEOUT * 3);
    assert!(!run.caller_hangs_in(number, late) && run.next_deadline() > late);
    let later = late.plus(TIMEOUT / 2);
    let turn = run.pick_up(later).expect("it waits");
    assert_eq!(
        (turn.context.deadline, run.next_deadline()),
        (later.plus(TIMEOUT), later.plus(TIMEOUT))
    );
    assert!(
        !run.caller_hangs_in(number, later) && run.caller_hangs_in(number, later.plus(TIMEOUT))
    );
}

#[test]
fn a_turn_that_the_caller_does_not_come_for_is_skipped_when_the_budget_is_used_up() {
    const BUDGET: Duration = Duration::from_secs(1);
    static FOR_CALLER: [Declared; 1] =
        [Declared::new("caller", "app", "src/main.rs", 1, 1, |_| Ok(())).on_caller()];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_CALLER, &mut table, BUDGET);
    let Step::HandedOver(number) = run.next(now, &mut table, Worker::runner(1), &mut Line::new())
    else {
        panic!("it is for the caller")
    };
    let late = now.plus(BUDGET);
    assert!(run.caller_hangs_in(number, late));
    run.abandon(number, End::Abandoned, late, &mut Line::new());
    assert_eq!(log(&run), [("caller".to_owned(), Outcome::Skipped(SkipReason::Budget))]);
    assert!(run.pick_up(late).is_none() && !run.is_abandoned(alone().thread));
}

#[test]
fn a_timeout_beyond_the_clock_is_no_timeout() {
    static FOR_EVER: [Declared; 1] =
        [Declared::new("patient", "app", "src/main.rs", 1, 1, |_| Ok(())).timeout(Duration::MAX)];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_EVER, &mut table, Duration::MAX);
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    assert_eq!(
        (run.next_deadline(), run.budget_end(), turn.context.deadline()),
        (Moment::NEVER, Moment::NEVER, None)
    );
    assert_eq!(turn.context.remaining(), Duration::MAX);
}

#[test]
fn a_forked_child_knows_no_run() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(1));
    let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    run.disown();
    table.disown();
    assert!(!run.settle(execute(turn), now, &mut table, &mut Line::new()));
    assert!(run.phase == Phase::Idle && log(&run).is_empty());
}

/// What became of each handler of the model.
#[derive(Default)]
struct Fate {
    runs: AtomicU32,
    returned: AtomicU32,
    removed: AtomicU32,
    refused: AtomicU32,
}

/// One process: two runners (one takes over when the supervisor abandons the other), a thread that
/// registers, and one that unregisters.
fn model() {
    use shuttle::sync::Mutex;
    use shuttle::thread;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        fates: [Fate; 4],
    }

    impl Process {
        fn register(self: &Arc<Self>, which: usize, priority: i32) -> Option<HandlerId> {
            let process = Arc::clone(self);
            let run = move || {
                process.fates[which].runs.fetch_add(1, Relaxed);
                thread::yield_now();
                process.fates[which].returned.fetch_add(1, Relaxed);
                // The outcome says whose it is.
                Err::<(), _>(priority)
            };
            let registered = register_in(&mut self.table.lock().unwrap(), run, priority);
            if registered.is_err() {
                self.fates[which].refused.fetch_add(1, Relaxed);
            }
            registered.ok()
        }

        fn unregister(&self, which: usize, id: HandlerId) {
            let mut table = self.table.lock().unwrap();
            let answer = table.remove(id).err();
            let Fate { runs, returned, removed, .. } = &self.fates[which];
            match answer {
                None => _ = removed.fetch_add(1, Relaxed),
                // Also one that is about to begin.
                Some(Unregistered::Running) => assert_eq!(removed.load(Relaxed), 0),
                Some(answer) => assert_eq!(
                    (returned.load(Relaxed), removed.load(Relaxed)),
                    (runs.load(Relaxed), 1 - runs.load(Relaxed)),
                    "{answer:?}"
                ),
            }
        }

        fn drive(&self) {
            let mut finished = None;
            loop {
                let now = Moment::now();
                let mut run = self.run.lock().unwrap();
                let mut table = self.table.lock().unwrap();
                if finished.take().is_some_and(|finished| {
                    !run.settle(finished, now, &mut table, &mut Line::new())
                }) {
                    return;
                }
                let Step::Execute(turn) = run.next(now, &mut table, alone(), &mut Line::new())
                else {
                    return;
                };
                drop((run, table));
                thread::yield_now();
                finished = Some(execute(turn));
            }
        }
    }

    let process = Arc::new(Process {
        run: Mutex::new(idle()),
        table: Mutex::new(Table::new()),
        fates: Default::default(),
    });
    let first = process.register(0, 0).expect("the run has not begun");
    let second = process.register(1, 1).expect("the run has not begun");
    begin_registered(&mut process.run.lock().unwrap(), &mut process.table.lock().unwrap());
    let spawn = |body: fn(&Arc<Process>, [HandlerId; 2])| {
        let process = Arc::clone(&process);
        thread::spawn(move || body(&process, [first, second]))
    };
    let threads = [
        spawn(|process, _| process.drive()),
        spawn(|process, _| {
            process.register(2, 2);
            if let Some(id) = process.register(3, -2) {
                process.unregister(3, id);
            }
        }),
        spawn(|process, [first, second]| {
            process.unregister(0, first);
            process.unregister(1, second);
            process.unregister(0, first);
        }),
        spawn(|process, _| {
            let abandoned = {
                let mut run = process.run.lock().unwrap();
                let on_its_way = run.active.iter().next().map(|current| current.number);
                if let Some(turn) = on_its_way {
                    run.abandon(turn, End::Abandoned, Moment::now(), &mut Line::new());
                }
                on_its_way.is_some()
            };
            if abandoned {
                process.drive();
            }
        }),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    let run = process.run.lock().unwrap();
    assert!(run.phase == Phase::Finished && run.active.is_empty());
    for (fate, which) in process.fates.iter().zip(0..) {
        let fates = [&fate.runs, &fate.removed, &fate.refused].map(|count| count.load(Relaxed));
        assert_eq!(
            fates.iter().sum::<u32>(),
            1,
            "handler {which} ran, was removed, was refused: {fates:?}"
        );
    }
    for id in [first, second] {
        assert_eq!(
            process.table.lock().unwrap().remove(id).err(),
            Some(Unregistered::Finished),
            "all runners have returned"
        );
    }
    let ran: u32 = process.fates.iter().map(|fate| fate.runs.load(Relaxed)).sum();
    assert_eq!(
        run.report().handlers().len(),
        ran as usize,
        "one line of the report for each that ran"
    );
    for handler in run.report().handlers() {
        let own = Outcome::Failed(handler.priority().to_string());
        assert!(
            [own, Outcome::TimedOut].contains(handler.outcome()),
            "the outcome of another one: {handler:?}"
        );
    }
}

#[test]
fn every_handler_has_exactly_one_fate_however_threads_interleave() {
    shuttle::check_random(model, 3_000);
    shuttle::check_pct(model, 3_000, 3);
}

/// Three runners and five handlers: two that run side by side, one that waits for both, one of a
/// higher priority that waits for it, and one that runs alone.
fn side_by_side() {
    use crate::handler::edge::Key;
    use crate::registry::tests::act_in;
    use shuttle::sync::{Condvar, Mutex};
    use shuttle::thread;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        changed: Condvar,
        log: Mutex<Vec<(char, bool)>>,
    }

    impl Process {
        fn register(
            self: &Arc<Self>,
            name: char,
            priority: i32,
            concurrent: bool,
            after: Vec<Key>,
        ) -> Key {
            let process = Arc::clone(self);
            let act = move || {
                process.log.lock().unwrap().push((name, true));
                thread::yield_now();
                process.log.lock().unwrap().push((name, false));
            };
            Key::Id(act_in(&mut self.table.lock().unwrap(), act, priority, concurrent, after))
        }

        fn drive(&self) {
            let mut finished: Option<Finished> = None;
            loop {
                let now = Moment::now();
                let mut run = self.run.lock().unwrap();
                let mut table = self.table.lock().unwrap();
                if let Some(finished) = finished.take() {
                    assert!(
                        run.settle(finished, now, &mut table, &mut Line::new()),
                        "nobody is abandoned here"
                    );
                }
                let step = run.next(now, &mut table, alone(), &mut Line::new());
                drop(table);
                match step {
                    Step::Execute(turn) => {
                        drop(run);
                        self.changed.notify_all();
                        finished = Some(execute(turn));
                    }
                    Step::Wait => drop(self.changed.wait(run).unwrap()),
                    _ => return self.changed.notify_all(),
                }
            }
        }
    }

    let process = Arc::new(Process {
        run: Mutex::new(idle()),
        table: Mutex::new(Table::new()),
        changed: Condvar::new(),
        log: Mutex::default(),
    });
    let a = process.register('a', 0, true, vec![]);
    let b = process.register('b', 0, true, vec![]);
    let c = process.register('c', 0, true, vec![a, b]);
    process.register('d', 9, true, vec![c]);
    process.register('e', 0, false, vec![]);
    begin_registered(&mut process.run.lock().unwrap(), &mut process.table.lock().unwrap());
    let runners = [(); 3].map(|()| {
        let process = Arc::clone(&process);
        thread::spawn(move || process.drive())
    });
    for runner in runners {
        runner.join().unwrap();
    }
    let log = process.log.lock().unwrap();
    let at = |name: char, begins: bool| {
        log.iter().position(|&event| event == (name, begins)).expect("each begins and ends")
    };
    assert_eq!(log.len(), 10, "each once: {log:?}");
    for (first, second) in [('a', 'c'), ('b', 'c'), ('c', 'd')] {
        assert!(at(first, false) < at(second, true), "{second} waits for {first}: {log:?}");
    }
    assert!(process.run.lock().unwrap().phase == Phase::Finished);
}

#[test]
fn handlers_side_by_side_keep_their_edges_however_threads_interleave() {
    shuttle::check_random(side_by_side, 3_000);
    shuttle::check_pct(side_by_side, 3_000, 3);
}
