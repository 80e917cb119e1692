//! Leases, on a clock of the test's own.

use super::*;
use crate::config::{Config, TerminationMessage};
use crate::handler::When;
use crate::handler::id::HandlerId;
use crate::registry::Unregistered;
use crate::registry::tests::{register_in, register_with};
use crate::report::Report;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::execute::{FASTEST_FORK, execute};
use crate::run::invocation::{Invocation, Job};
use crate::run::next::Step;
use crate::run::settle::Finished;
use crate::run::state::Terms;
use crate::run::state::tests::{idle, terms};
use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, OnceLock};

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

pub(super) fn a_minute() -> Terms {
    Terms { clock: still, ..terms(MINUTE) }
}

const fn handler(name: &'static str, line: u32) -> Declared {
    // The later line runs first.
    Declared::new(name, "app", "src/main.rs", 100 - line, 1, |_| Ok(()))
}

/// A run whose handlers look at `live`, so that tests do not meet.
pub(super) fn seen_in(live: &'static Live) -> Run {
    let mut run = idle();
    run.live = live;
    run
}

fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().expect("no test panics with the lock")
}

/// A run of its own, whose first handler is about to be executed.
struct Begun {
    run: Run,
    table: &'static Mutex<Table>,
    lease: Lease,
    latecomers: &'static AtomicBool,
    /// None once it was executed.
    turn: Option<Invocation>,
}

impl Begun {
    fn new(declared: &'static [Declared], terms: Terms) -> Self {
        Self::with(Table::new(), declared, terms)
    }

    fn with(table: Table, declared: &'static [Declared], terms: Terms) -> Self {
        let live: &'static Live = Box::leak(Box::new(Live::new()));
        let table: &'static Mutex<Table> = Box::leak(Box::new(Mutex::new(table)));
        // Not now: the clock of these tests stands still since the first of them began.
        let (mut run, now) = (seen_in(live), still());
        run.begin(terms, declared, true, &mut locked(table), now, now);
        let mut begun = Self {
            run,
            table,
            lease: Lease::none(live),
            latecomers: Box::leak(Box::new(AtomicBool::new(false))),
            turn: None,
        };
        begun.take_next();
        begun
    }

    /// What a runner does under the lock.
    fn take_next(&mut self) {
        self.lease.end();
        let mut table = locked(self.table);
        if let Step::Execute(turn) =
            self.run.next(Moment::now(), &mut table, Worker::caller(), &mut Line::new())
        {
            self.lease.latecomers = self.latecomers;
            self.run.lease(&mut table, &mut self.lease);
            self.turn = Some(turn);
        }
    }

    /// How many handlers are leased.
    fn leased(&self) -> usize {
        self.lease.count
    }

    /// Executes the first handler and those that are leased. What is not written down.
    fn execute(&mut self) -> Finished {
        let turn = self.turn.take().expect("a handler is about to be executed");
        let (mut last, mut began) = (execute(turn), (self.lease.clock)());
        self.lease.execute(&mut last, &mut began, || locked(self.table));
        last
    }

    /// Begins the leased handler behind the first one, both of which are registered, and leaves it
    /// at that. Which one it is, and its timeout.
    fn begin_second(&self, first: HandlerId) -> (HandlerId, Duration) {
        let pass = || self.run.live.pass(1, 0, Moment::now());
        let begun = locked(self.table).begin_leased(
            self.lease.ranks[0],
            Some(first),
            self.lease.timeout,
            pass,
        );
        let (id, action, timeout) = begun.expect("it waits");
        drop(action);
        (id, timeout)
    }

    fn settle(&mut self, finished: Finished) -> bool {
        self.catch_up();
        self.run.settle(finished, Moment::now(), &mut locked(self.table), &mut Line::new())
    }

    fn catch_up(&mut self) {
        self.run.catch_up(|| locked(self.table));
    }

    fn report(&mut self) -> Report {
        self.catch_up();
        self.run.report(Moment::now())
    }
}

fn names(report: &Report) -> Vec<&str> {
    report.handlers().iter().map(|handler| handler.name()).collect()
}

static FIVE: [Declared; 5] =
    [handler("a", 1), handler("b", 2), handler("c", 3), handler("d", 4), handler("e", 5)];

#[test]
fn all_that_is_leased_runs_in_order_and_is_reported_like_the_others() {
    let mut begun = Begun::new(&FIVE, a_minute());
    assert_eq!(begun.leased(), 4);
    assert_eq!(locked(begun.table).room_for_leased(), 0, "declared ones need none");
    let last = begun.execute();
    assert_eq!((last.number, &last.outcome), (5, &Outcome::Completed));
    assert!(begun.settle(last));
    let report = begun.report();
    assert_eq!(names(&report), ["a", "b", "c", "d", "e"]);
    assert!(report.is_success());
    for pair in report.handlers().windows(2) {
        assert_eq!(
            pair[0].start() + pair[0].duration(),
            pair[1].start(),
            "one begins when the one before it ends"
        );
    }
    begun.take_next();
    assert!(begun.leased() == 0, "behind the flush there is nothing");
}

#[test]
fn a_thread_that_looks_meanwhile_sees_the_one_that_is_running() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let live = begun.run.live;
    let first = begun.run.active.only().expect("it has begun").deadline;
    assert!(
        live.pass(1, 0, Moment::now())
            && live.pass(2, 1, Moment::now().plus(Duration::from_secs(1)))
    );
    assert!(begun.run.is_turn(1), "nobody has looked");
    begun.catch_up();
    assert!(begun.run.is_turn(3) && !begun.run.is_turn(1));
    let current = begun.run.active.only().expect("the third one is running");
    assert!(
        current.deadline >= first.plus(Duration::from_secs(1)),
        "its time counts from its own beginning"
    );
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
    let with = |config: Config| Terms { config, ..all };
    assert!(
        !is_leased_behind_the_first(second(), Terms { inline: true, ..all }),
        "nobody supervises"
    );
    assert!(
        !is_leased_behind_the_first(second(), with(Config { log: LogLevel::Trace, ..all.config })),
        "a line says of each what became of it"
    );
    assert!(
        !is_leased_behind_the_first(second(), with(Config { skip: Some("other"), ..all.config })),
        "each is looked up"
    );
    let message = TerminationMessage { path: "", write: |_, _| () };
    assert!(is_leased_behind_the_first(
        second(),
        with(Config { termination_message: Some(message), ..all.config })
    ));
}

#[test]
fn nothing_begins_by_itself_that_the_budget_would_bound() {
    static LONG: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(58))];
    let mut begun = Begun::new(&LONG, a_minute());
    assert_eq!(begun.leased(), 1);
    assert_eq!(begun.execute().number, 1);
    assert_eq!(begun.run.live.turn(context::FIRST_SLOT), 1);

    static ENDLESS: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::MAX)];
    assert_eq!(Begun::new(&ENDLESS, a_minute()).execute().number, 1);
}

#[test]
fn a_lease_ends_where_something_happens() {
    static FAILS: [Declared; 3] = [
        handler("a", 1),
        Declared::new("fails", "app", "src/main.rs", 98, 1, |_| Err("no luck".to_owned().into())),
        handler("c", 3),
    ];
    let mut begun = Begun::new(&FAILS, a_minute());
    let last = begun.execute();
    assert_eq!((last.number, &last.outcome), (2, &Outcome::Failed("no luck".to_owned())));
    assert!(begun.settle(last));
    begun.take_next();
    let last = begun.execute();
    assert!(begun.settle(last));
    assert_eq!(names(&begun.report()), ["a", "fails", "c"]);

    let mut in_a_child = Terms { clock: leaping, ..a_minute() };
    assert_eq!(
        Begun::new(&FIVE, in_a_child).execute().number,
        5,
        "slow ones follow each other as well"
    );
    in_a_child.config.process += 1;
    assert_eq!(Begun::new(&FIVE, in_a_child).execute().number, 1, "it returned in another process");
    assert_eq!(
        Begun::new(&FIVE, Terms { clock: still, ..in_a_child }).execute().number,
        5,
        "no fork is so fast"
    );

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
    static LONGER: [Declared; 3] =
        [handler("a", 1), handler("b", 2).timeout(Duration::from_secs(20)), handler("c", 3)];
    let begun = Begun::new(&LONGER, a_minute());
    assert_eq!(
        begun.leased(),
        1,
        "the supervisor may have seen the second one, and sleep until that is over"
    );
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
    begun.catch_up();
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
    begun.catch_up();
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

fn put_in<R: crate::handler::HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> HandlerId {
    register_in(table, function, priority).expect("the table is open")
}

/// Three registered handlers around the five declared ones, whose priority is 0.
fn mixed() -> (Begun, [HandlerId; 3]) {
    let mut table = Table::new();
    let ids = [2, 1, -1].map(|priority| put_in(&mut table, || (), priority));
    (Begun::with(table, &FIVE, a_minute()), ids)
}

fn priorities(report: &Report) -> Vec<i32> {
    report.handlers().iter().map(|handler| handler.priority()).collect()
}

#[test]
fn registered_handlers_are_leased_among_declared_ones() {
    let (mut begun, ids) = mixed();
    assert_eq!(begun.leased(), 7);
    assert!(locked(begun.table).room_for_leased() >= 7, "nothing is allocated when one begins");
    let last = begun.execute();
    assert_eq!((last.number, last.id), (8, Some(ids[2])));
    assert_eq!(
        locked(begun.table).remove(ids[2]).err(),
        Some(Unregistered::Running),
        "until it is settled"
    );
    assert!(begun.settle(last));
    for id in ids {
        assert_eq!(locked(begun.table).remove(id).err(), Some(Unregistered::Finished));
    }
    let report = begun.report();
    assert_eq!(priorities(&report), [2, 1, 0, 0, 0, 0, 0, -1]);
    assert!(report.is_success());
}

#[test]
fn a_leased_handler_runs_without_the_lock_of_the_table() {
    thread_local!(static TABLE: Cell<Option<&'static Mutex<Table>>> = const { Cell::new(None) });
    let is_free = || TABLE.get().is_some_and(|table| table.try_lock().is_ok());
    let mut table = Table::new();
    put_in(&mut table, move || if is_free() { Ok(()) } else { Err("locked") }, 1);
    put_in(&mut table, || (), 2);
    let mut begun = Begun::with(table, &[], a_minute());
    TABLE.set(Some(begun.table));
    let last = begun.execute();
    assert_eq!((last.number, last.outcome), (2, Outcome::Completed));
}

#[test]
fn what_a_leased_handler_is_stays_known_while_it_runs_and_when_it_is_abandoned() {
    let mut table = Table::new();
    let second = put_in(&mut table, || (), 1);
    let first = put_in(&mut table, || (), 2);
    let mut begun = Begun::with(table, &[], a_minute());
    assert_eq!(
        (begun.begin_second(first).0, locked(begun.table).remove(first).err()),
        (second, Some(Unregistered::Finished))
    );
    assert_eq!(locked(begun.table).remove(second).err(), Some(Unregistered::Running));
    begun.catch_up();
    let current = begun
        .run
        .active
        .only()
        .and_then(|current| current.subject.as_ref())
        .expect("it is running");
    assert!(current.name().contains("closure"), "{}", current.name());
    assert!(begun.run.abandon(2, End::Abandoned, Moment::now(), &mut Line::new()));
    let report = begun.report();
    let outcomes: Vec<_> =
        report.handlers().iter().map(|handler| (handler.priority(), handler.outcome())).collect();
    assert_eq!(outcomes, [(2, &Outcome::Completed), (1, &Outcome::TimedOut)]);
    assert_eq!(
        locked(begun.table).remove(second).err(),
        Some(Unregistered::Running),
        "it may still be"
    );
    assert!(
        !begun.settle(Finished { number: 2, id: Some(second), outcome: Outcome::Completed }),
        "its thread has come back"
    );
    assert_eq!(locked(begun.table).remove(second).err(), Some(Unregistered::Finished));
}

#[test]
fn a_handler_that_is_taken_back_ends_the_lease_before_it() {
    let (mut begun, ids) = mixed();
    assert!(locked(begun.table).remove(ids[2]).is_ok());
    let last = begun.execute();
    assert_eq!(last.number, 7);
    assert!(begun.settle(last));
    begun.take_next();
    assert!(matches!(begun.turn, Some(Invocation { job: Job::Flush, .. })), "nothing else is left");
    assert_eq!(priorities(&begun.report()), [2, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_handler_that_is_registered_meanwhile_runs_at_its_place() {
    let (mut begun, _) = mixed();
    // No handler sees the flag, as where the runner has just looked at it.
    put_in(&mut locked(begun.table), || (), 5);
    let last = begun.execute();
    assert_eq!(last.number, 1, "the table has another one");
    assert!(begun.settle(last));
    // The table forgets the late one when the next one is looked for.
    for leased in [0, 6] {
        begun.take_next();
        assert_eq!(begun.leased(), leased);
        let last = begun.execute();
        assert!(begun.settle(last));
    }
    assert_eq!(priorities(&begun.report()), [2, 5, 1, 0, 0, 0, 0, 0, -1]);
}

#[test]
fn of_registered_handlers_only_what_is_simple_is_leased() {
    let leased = |change: fn(&mut registry::Detail)| {
        let mut table = Table::new();
        let mut detail = registry::Detail::default();
        change(&mut detail);
        register_with(&mut table, || (), 1, detail).expect("the table is open");
        put_in(&mut table, || (), 2);
        Begun::with(table, &[], a_minute()).leased()
    };
    assert_eq!(leased(|detail| detail.name = Some("with a name".into())), 1);
    assert_eq!(leased(|detail| detail.options.timeout = Some(Duration::from_secs(20))), 1);
    assert_eq!(
        leased(|detail| detail.options.timeout = Some(Duration::from_secs(9))),
        0,
        "the supervisor may sleep for longer"
    );
    assert_eq!(
        leased(|detail| detail.options.when = When::Success),
        0,
        "whether it runs is settled when it is its turn"
    );
    assert_eq!(leased(|detail| detail.options.on_caller = true), 0, "another thread executes it");
}

#[test]
fn the_timeout_of_a_leased_handler_is_its_own() {
    let mut table = Table::new();
    let mut detail = registry::Detail::default();
    detail.options.timeout = Some(Duration::from_secs(20));
    register_with(&mut table, || (), 1, detail).expect("the table is open");
    let first = put_in(&mut table, || (), 2);
    let mut begun = Begun::with(table, &[], a_minute());
    assert_eq!(begun.begin_second(first).1, Duration::from_secs(20));
    begun.catch_up();
    let current = begun.run.active.only().expect("it is running");
    assert!(
        current.deadline.since(current.started) == Duration::from_secs(20)
            && current.limit == Limit::Timeout(Duration::from_secs(20))
    );
}

#[test]
fn a_forked_child_knows_no_label_of_its_parent() {
    let (begun, ids) = mixed();
    begun.begin_second(ids[0]);
    locked(begun.table).disown();
    assert!(locked(begun.table).next_leased().is_none());
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
        terms.config.process += 1;
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
    let second = Declared::new("second", "app", "src/main.rs", 98, 1, |exit| {
        Err(format!("{} {:?}", exit.reason, exit.deadline.since(still())).into())
    });
    let handlers: &'static [Declared; 2] = Box::leak(Box::new([handler("first", 1), second]));
    let mut begun = Begun::new(handlers, Terms { reason: ExitReason::Unload, ..a_minute() });
    assert_eq!(begun.execute().outcome, Outcome::Failed("unload 10s".to_owned()));
}

#[test]
fn an_abandoned_handler_can_see_it_and_the_report_has_its_own_limit() {
    static LONGER: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(20))];
    let mut begun = Begun::new(&LONGER, a_minute());
    assert!(begun.run.live.pass(1, 0, Moment::now()));
    begun.catch_up();
    assert!(begun.run.abandon(2, End::Abandoned, Moment::now(), &mut Line::new()));
    assert_eq!(begun.report().handlers()[1].limit(), Some(Limit::Timeout(Duration::from_secs(20))));

    let mut alone = Begun::new(&FIVE[..1], a_minute());
    assert!(alone.run.abandon(1, End::Abandoned, Moment::now(), &mut Line::new()));
    assert!(alone.turn.is_some_and(|turn| turn.context.is_abandoned()));
}
