//! Leases, on a clock of the test's own; and all interleavings of a runner with a lease and of those that abandon handlers or only look.

use super::*;
use crate::handler::When;
use crate::run::line::Line;
use crate::run::record::End;
use crate::run::report::Report;
use crate::run::state::tests::terms;
use crate::run::state::{Phase, Step, Terms};
use crate::run::worker::Worker;
use crate::run::{Limits, TerminationMessage};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const MINUTE: Duration = Duration::from_secs(60);

/// A clock that stands still, so that each handler is short.
fn still() -> Moment {
    static NOW: OnceLock<Moment> = OnceLock::new();
    *NOW.get_or_init(Moment::now)
}

/// A clock that goes on, whenever it is read, by more than a fork takes.
fn leaping() -> Moment {
    thread_local!(static LEAPS: Cell<u32> = const { Cell::new(0) });
    LEAPS.set(LEAPS.get() + 1);
    still().plus(FASTEST_FORK * 2 * LEAPS.get())
}

fn a_minute() -> Terms {
    Terms { clock: still, ..terms(MINUTE) }
}

const fn handler(name: &'static str, line: u32) -> Declared {
    // The later line runs first.
    Declared::new(name, "app", "src/main.rs", 100 - line, 1, |_| Ok(()))
}

/// A run whose handlers look at `live`, so that tests do not meet.
fn seen_in(live: &'static Live) -> Run {
    let mut run = Run::new();
    run.live = live;
    run
}

/// A run of its own, whose first handler is about to be executed.
struct Begun {
    run: Run,
    table: Table,
    lease: Lease,
    latecomers: &'static AtomicBool,
    /// None once it was executed.
    turn: Option<Turn>,
}

impl Begun {
    fn new(declared: &'static [Declared], terms: Terms) -> Self {
        let live: &'static Live = Box::leak(Box::new(Live::new()));
        let (mut run, mut table, now) = (seen_in(live), Table::new(), Moment::now());
        run.begin(terms, declared, true, &mut table, now, now);
        let mut begun = Self { run, table, lease: Lease::none(), latecomers: Box::leak(Box::new(AtomicBool::new(false))), turn: None };
        begun.take_next();
        begun
    }

    /// What a runner does under the lock.
    fn take_next(&mut self) {
        self.lease.end();
        if let Step::Execute(turn) = self.run.next(Moment::now(), &mut self.table, Worker::caller(), &mut Line::new()) {
            self.lease.latecomers = self.latecomers;
            self.run.lease(&self.table, &mut self.lease);
            self.turn = Some(turn);
        }
    }

    /// How many handlers are leased.
    fn leased(&self) -> usize {
        self.lease.handlers.iter().map_while(|handler| *handler).count()
    }

    /// Executes the first handler and those that are leased. What is not written down.
    fn execute(&mut self) -> Finished {
        let turn = self.turn.take().expect("a handler is about to be executed");
        let (mut last, mut began) = (execute(turn), (self.lease.clock)());
        self.lease.execute(&mut last, &mut began);
        last
    }

    fn settle(&mut self, finished: Finished) -> bool {
        self.run.catch_up();
        self.run.settle(finished, Moment::now(), &mut self.table, &mut Line::new())
    }

    fn report(&mut self) -> Report {
        self.run.catch_up();
        self.run.report()
    }
}

fn names(report: &Report) -> Vec<&str> {
    report.handlers().iter().map(|handler| handler.name()).collect()
}

static FIVE: [Declared; 5] = [handler("a", 1), handler("b", 2), handler("c", 3), handler("d", 4), handler("e", 5)];

#[test]
fn all_that_is_leased_runs_in_order_and_is_reported_like_the_others() {
    let mut begun = Begun::new(&FIVE, a_minute());
    assert_eq!(begun.leased(), 4);
    let last = begun.execute();
    assert_eq!((last.number, &last.outcome), (5, &Outcome::Completed));
    assert!(begun.settle(last));
    let report = begun.report();
    assert_eq!(names(&report), ["a", "b", "c", "d", "e"]);
    assert!(report.is_success());
    for pair in report.handlers().windows(2) {
        assert_eq!(pair[0].start() + pair[0].duration(), pair[1].start(), "one begins when the one before it ends");
    }
    begun.take_next();
    assert!(begun.leased() == 0, "behind the flush there is nothing");
}

#[test]
fn a_thread_that_looks_meanwhile_sees_the_one_that_is_running() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let live = begun.run.live;
    let first = begun.run.active.only().expect("it has begun").deadline;
    assert!(live.pass(1, 0, Moment::now()) && live.pass(2, 1, Moment::now().plus(Duration::from_secs(1))));
    assert!(begun.run.is_turn(1), "nobody has looked");
    begun.run.catch_up();
    assert!(begun.run.is_turn(3) && !begun.run.is_turn(1));
    let current = begun.run.active.only().expect("the third one is running");
    assert!(current.deadline >= first.plus(Duration::from_secs(1)), "its time counts from its own beginning");
    assert_eq!(begun.run.declared_left().len(), 2);
    assert_eq!(names(&begun.report()), ["a", "b"]);
}

fn is_leased_behind_the_first(second: Declared, terms: Terms) -> bool {
    let handlers: &'static [Declared; 2] = Box::leak(Box::new([handler("first", 1), second]));
    Begun::new(handlers, terms).leased() == 1
}

#[test]
fn only_what_is_simple_is_leased() {
    let second = || handler("second", 2);
    let all = a_minute();
    assert!(is_leased_behind_the_first(second(), all));
    assert!(is_leased_behind_the_first(second().timeout(Duration::from_secs(20)), all));
    for (other, why) in [
        (second().timeout(Duration::from_secs(9)), "the supervisor may sleep for longer"),
        (second().when(When::Success), "whether it runs is settled when it is its turn"),
        (second().on_caller(), "another thread executes it"),
        (second().asynchronous(), "it keeps its own time"),
    ] {
        assert!(!is_leased_behind_the_first(other, all), "{why}");
    }
    let with = |limits: Limits| Terms { limits, ..all };
    assert!(!is_leased_behind_the_first(second(), Terms { inline: true, ..all }), "nobody supervises");
    assert!(!is_leased_behind_the_first(second(), with(Limits { log: LogLevel::Trace, ..all.limits })), "a line says of each what became of it");
    assert!(!is_leased_behind_the_first(second(), with(Limits { skip: Some("other"), ..all.limits })), "each is looked up");
    let message = TerminationMessage { path: "", write: |_, _| () };
    assert!(is_leased_behind_the_first(second(), with(Limits { termination_message: Some(message), ..all.limits })));
}

#[test]
fn nothing_begins_by_itself_that_the_budget_would_bound() {
    static LONG: [Declared; 2] = [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(58))];
    let mut begun = Begun::new(&LONG, a_minute());
    assert_eq!(begun.leased(), 1);
    assert_eq!(begun.execute().number, 1);
    assert_eq!(begun.run.live.turn(context::FIRST_SLOT), 1);

    static ENDLESS: [Declared; 2] = [handler("first", 1), handler("second", 2).timeout(Duration::MAX)];
    assert_eq!(Begun::new(&ENDLESS, a_minute()).execute().number, 1);
}

#[test]
fn a_lease_ends_where_something_happens() {
    static FAILS: [Declared; 3] = [handler("a", 1), Declared::new("fails", "app", "src/main.rs", 98, 1, |_| Err("no luck".to_owned().into())), handler("c", 3)];
    let mut begun = Begun::new(&FAILS, a_minute());
    let last = begun.execute();
    assert_eq!((last.number, &last.outcome), (2, &Outcome::Failed("no luck".to_owned())));
    assert!(begun.settle(last));
    begun.take_next();
    let last = begun.execute();
    assert!(begun.settle(last));
    assert_eq!(names(&begun.report()), ["a", "fails", "c"]);

    let mut in_a_child = Terms { clock: leaping, ..a_minute() };
    assert_eq!(Begun::new(&FIVE, in_a_child).execute().number, 5, "slow ones follow each other as well");
    in_a_child.limits.process += 1;
    assert_eq!(Begun::new(&FIVE, in_a_child).execute().number, 1, "it returned in another process");
    assert_eq!(Begun::new(&FIVE, Terms { clock: still, ..in_a_child }).execute().number, 5, "no fork is so fast");

    let mut begun = Begun::new(&FIVE, a_minute());
    begun.latecomers.store(true, Relaxed);
    let last = begun.execute();
    assert_eq!(last.number, 1, "another one may be next");
    assert!(begun.settle(last));
    begun.take_next();
    assert!(!begun.latecomers.load(Relaxed), "the table was looked at");
    assert_eq!(begun.execute().number, 5);
}

#[test]
fn the_deadline_of_no_leased_handler_is_before_that_of_another_one() {
    static LONGER: [Declared; 3] = [handler("a", 1), handler("b", 2).timeout(Duration::from_secs(20)), handler("c", 3)];
    let begun = Begun::new(&LONGER, a_minute());
    assert_eq!(begun.leased(), 1, "the supervisor may have seen the second one, and sleep until that is over");
}

#[test]
fn more_than_can_be_leased_takes_another_lease() {
    const COUNT: usize = context::LEASED * 2 + 3;
    static MANY: [Declared; COUNT] = [const { handler("one of many", 1) }; COUNT];
    let mut begun = Begun::new(&MANY, a_minute());
    let mut leases = 0;
    while begun.turn.as_ref().is_some_and(|turn| !matches!(turn.job, Job::Flush)) {
        leases += 1;
        let last = begun.execute();
        assert!(begun.settle(last));
        begun.take_next();
    }
    assert!(leases >= 3);
    assert_eq!(begun.report().handlers().len(), COUNT);
}

#[test]
fn one_that_has_just_ended_is_not_abandoned() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let live = begun.run.live;
    // After the state was looked at.
    assert!(live.pass(1, 0, Moment::now()));
    assert!(!begun.run.abandon(1, End::Abandoned, Moment::now(), &mut Line::new()));
    begun.run.catch_up();
    assert!(begun.run.abandon(2, End::Abandoned, Moment::now(), &mut Line::new()));
    assert!(!live.pass(2, 1, Moment::now()), "its runner is lost");
    assert!(!begun.run.leased.is_left());
    let report = begun.report();
    let outcomes: Vec<_> = report.handlers().iter().map(|handler| handler.outcome()).collect();
    assert_eq!(outcomes, [&Outcome::Completed, &Outcome::TimedOut]);
}

#[test]
fn a_time_that_a_lost_runner_wrote_ends_nothing_early() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let first = begun.run.next_deadline();
    assert!(begun.run.live.pass(1, 0, Moment::from_bits(0)));
    begun.run.catch_up();
    assert_eq!(begun.run.next_deadline(), first);
}

#[test]
fn a_forked_child_forgets_the_lease() {
    let mut begun = Begun::new(&FIVE, a_minute());
    begun.run.disown();
    assert!(!begun.run.leased.is_left());
    let last = begun.execute();
    assert!(!begun.settle(last), "it is no turn of the child");
}

/// A runner with a lease; a supervisor that abandons what it finds, and then goes on in its place; and a thread that only looks.
fn model() {
    use shuttle::sync::Mutex;
    use shuttle::thread;
    use std::sync::Arc;

    const COUNT: usize = 5;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        runs: [AtomicU32; COUNT],
    }

    impl Process {
        /// What [`Lease::execute`] and the runner do, step by step.
        fn drive(&self, live: &'static Live) {
            let mut finished: Option<u64> = None;
            loop {
                let (mut number, first, leased) = {
                    let mut run = self.run.lock().unwrap();
                    run.catch_up();
                    let mut table = self.table.lock().unwrap();
                    let ended = finished.take().map(|number| Finished { number, id: None, outcome: Outcome::Completed });
                    if ended.is_some_and(|ended| !run.settle(ended, Moment::now(), &mut table, &mut Line::new())) {
                        return;
                    }
                    let Step::Execute(turn) = run.next(Moment::now(), &mut table, Worker::caller(), &mut Line::new()) else { return };
                    let mut lease = Lease::none();
                    run.lease(&table, &mut lease);
                    let subject = run.active.only().and_then(|current| current.subject.as_ref());
                    (turn.number, subject.map(|subject| which(subject.name())), lease.handlers)
                };
                thread::yield_now();
                if let Some(first) = first {
                    self.runs[first].fetch_add(1, Relaxed);
                }
                for (place, handler) in leased.iter().map_while(|handler| *handler).enumerate() {
                    thread::yield_now();
                    if !live.pass(number, place, Moment::now()) {
                        break;
                    }
                    thread::yield_now();
                    number += 1;
                    self.runs[which(handler.name())].fetch_add(1, Relaxed);
                }
                finished = Some(number);
            }
        }
    }

    fn which(name: &str) -> usize {
        FIVE.iter().position(|handler| handler.name() == name).expect("it is one of the five")
    }

    let live: &'static Live = Box::leak(Box::new(Live::new()));
    let process = Arc::new(Process { run: Mutex::new(seen_in(live)), table: Mutex::new(Table::new()), runs: Default::default() });
    process.run.lock().unwrap().begin(a_minute(), &FIVE, true, &mut process.table.lock().unwrap(), Moment::now(), Moment::now());
    let spawn = |body: fn(&Process, &'static Live)| {
        let process = Arc::clone(&process);
        thread::spawn(move || body(&process, live))
    };
    let threads = [
        spawn(Process::drive),
        spawn(|process, live| {
            let has_abandoned = {
                let mut run = process.run.lock().unwrap();
                run.catch_up();
                let current = run.active.only().map(|current| current.number);
                thread::yield_now();
                current.is_some_and(|turn| run.abandon(turn, End::Abandoned, Moment::now(), &mut Line::new()))
            };
            if has_abandoned {
                process.drive(live);
            }
        }),
        spawn(|process, _| {
            for _ in 0..2 {
                process.run.lock().unwrap().catch_up();
                thread::yield_now();
            }
        }),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    let mut run = process.run.lock().unwrap();
    run.catch_up();
    assert!(run.phase == Phase::Over && run.active.is_empty());
    let report = run.report();
    assert_eq!(names(&report), ["a", "b", "c", "d", "e"], "in order, each once");
    let runs: Vec<_> = process.runs.iter().map(|runs| runs.load(Relaxed)).collect();
    assert_eq!(runs, [1; COUNT], "each ran once, also what was abandoned");
}

#[test]
fn every_leased_handler_runs_once_however_threads_interleave() {
    shuttle::check_random(model, 5_000);
    shuttle::check_pct(model, 5_000, 3);
}

/// A clock that advances by exactly [`FASTEST_FORK`] at each reading.
fn stepping() -> Moment {
    thread_local!(static STEPS: Cell<u32> = const { Cell::new(0) });
    STEPS.set(STEPS.get() + 1);
    still().plus(FASTEST_FORK * STEPS.get())
}

#[test]
fn a_lease_includes_its_limits() {
    let begun = |clock| {
        let mut terms = Terms { clock, ..a_minute() };
        terms.limits.process += 1;
        Begun::new(&FIVE, terms)
    };
    assert_eq!(begun(stepping).execute().number, 5, "a fork takes longer");
    let mut until_now = begun(still);
    until_now.lease.until = still();
    assert_eq!(until_now.execute().number, 5);
    let mut too_late = begun(still);
    too_late.lease.until = still().minus(Duration::from_nanos(1));
    assert_eq!(too_late.execute().number, 1);
    let mut ended = begun(still);
    ended.lease.end();
    assert_eq!(ended.execute().number, 1);
}

#[test]
fn a_leased_handler_learns_the_reason_and_its_deadline() {
    let second = Declared::new("second", "app", "src/main.rs", 98, 1, |exit| Err(format!("{} {:?}", exit.reason, exit.deadline.since(still())).into()));
    let handlers: &'static [Declared; 2] = Box::leak(Box::new([handler("first", 1), second]));
    let mut begun = Begun::new(handlers, Terms { reason: ExitReason::Unload, ..a_minute() });
    assert_eq!(begun.execute().outcome, Outcome::Failed("unload 10s".to_owned()));
}

#[test]
fn an_abandoned_handler_can_see_it_and_the_report_has_its_own_limit() {
    static LONGER: [Declared; 2] = [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(20))];
    let mut begun = Begun::new(&LONGER, a_minute());
    assert!(begun.run.live.pass(1, 0, Moment::now()));
    begun.run.catch_up();
    assert!(begun.run.abandon(2, End::Abandoned, Moment::now(), &mut Line::new()));
    assert_eq!(begun.report().handlers()[1].limit(), Some(Limit::Timeout(Duration::from_secs(20))));

    let mut alone = Begun::new(&FIVE[..1], a_minute());
    assert!(alone.run.abandon(1, End::Abandoned, Moment::now(), &mut Line::new()));
    assert!(alone.turn.is_some_and(|turn| turn.context.is_abandoned()));
}
