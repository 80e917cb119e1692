//! Leases of declared handlers.

use super::*;

#[test]
fn leased_handlers_run_in_order_and_are_reported_like_the_others() {
    let mut begun = Begun::new(&FIVE, a_minute());
    assert_eq!(begun.leased(), 4);
    assert_eq!(locked(begun.table).room_for_leased(), 0, "declared handlers need none");
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
            "each begins when the previous one ends"
        );
    }
    begun.take_next();
    assert!(begun.leased() == 0, "nothing follows the flush");
}

#[test]
fn a_thread_that_locks_the_state_sees_the_running_handler() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let live = begun.run.live;
    let first = begun.run.active.only().expect("it has begun").deadline;
    assert!(
        live.pass(1, 0, Moment::now())
            && live.pass(2, 1, Moment::now().plus(Duration::from_secs(1)))
    );
    assert!(begun.run.is_running(1), "the state was not locked since");
    begun.catch_up();
    assert!(begun.run.is_running(3) && !begun.run.is_running(1));
    let current = begun.run.active.only().expect("the third one is running");
    assert!(
        current.deadline >= first.plus(Duration::from_secs(1)),
        "its time counts from its own beginning"
    );
    assert_eq!(begun.run.declared_left().len(), 2);
    assert_eq!(names(&begun.report()), ["a", "b"]);
}

fn starts_by_the_lease_of_the_first(second: Declared, terms: Terms) -> bool {
    let handlers: &'static [Declared; 2] = Box::leak(Box::new([handler("first", 1), second]));
    Begun::new(handlers, terms).started_by_lease() == 1
}

#[test]
fn only_simple_handlers_start_by_a_lease() {
    let second = || handler("second", 2);
    let all = a_minute();
    assert!(starts_by_the_lease_of_the_first(second(), all));
    assert!(starts_by_the_lease_of_the_first(second().timeout(Duration::from_secs(20)), all));
    for (other, why) in [
        (second().timeout(Duration::from_secs(9)), "the supervisor may sleep for longer"),
        (second().when(When::Success), "whether it runs is settled when it is next"),
        (second().on_caller(), "another thread executes it"),
        (second().asynchronous(), "it keeps its own time"),
    ] {
        assert!(!starts_by_the_lease_of_the_first(other, all), "{why}");
    }
    let with = |config: Config| Terms { config, ..all };
    assert!(
        !starts_by_the_lease_of_the_first(second(), Terms { inline: true, ..all }),
        "no thread supervises"
    );
    assert!(
        !starts_by_the_lease_of_the_first(
            second(),
            with(Config { log: LogLevel::Trace, ..all.config })
        ),
        "each has a line on stderr"
    );
    assert!(
        !starts_by_the_lease_of_the_first(
            second(),
            with(Config { skip: Some("other"), ..all.config })
        ),
        "each is looked up"
    );
    let message = TerminationMessage { path: "", write: |_| () };
    assert!(starts_by_the_lease_of_the_first(
        second(),
        with(Config { termination_message: Some(message), ..all.config })
    ));
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

    let mut in_a_child = Terms { clock: advancing, ..a_minute() };
    assert_eq!(
        Begun::new(&FIVE, in_a_child).execute().number,
        5,
        "slow handlers follow each other as well"
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
    assert_eq!(last.number, 1, "another handler may be next");
    assert!(begun.settle(last));
    begun.take_next();
    assert!(!begun.latecomers.load(Relaxed), "the table was read");
    assert_eq!(begun.execute().number, 5);
}

#[test]
fn deadlines_of_leased_handlers_do_not_decrease() {
    static LONGER: [Declared; 3] =
        [handler("a", 1), handler("b", 2).timeout(Duration::from_secs(20)), handler("c", 3)];
    let begun = Begun::new(&LONGER, a_minute());
    assert_eq!(
        begun.started_by_lease(),
        1,
        "the supervisor may sleep until the deadline of the second one"
    );
}

#[test]
fn more_handlers_than_a_lease_holds_take_another_lease() {
    const COUNT: usize = live::LEASED * 2 + 3;
    static MANY: [Declared; COUNT] = [const { handler("one of many", 1) }; COUNT];
    let mut begun = Begun::new(&MANY, a_minute());
    let mut leases = 0;
    while begun.invocation.as_ref().is_some_and(|invocation| !matches!(invocation.job, Job::Flush))
    {
        leases += 1;
        let last = begun.execute();
        assert!(begun.settle(last));
        begun.take_next();
    }
    assert!(leases >= 3);
    assert_eq!(begun.report().handlers().len(), COUNT);
}

#[test]
fn a_handler_that_has_just_ended_is_not_abandoned() {
    let mut begun = Begun::new(&FIVE, a_minute());
    let live = begun.run.live;
    // After the state was read.
    assert!(live.pass(1, 0, Moment::now()));
    assert!(!begun.abandon(1));
    begun.catch_up();
    assert!(begun.abandon(2));
    assert!(!live.pass(2, 1, Moment::now()), "its runner was abandoned");
    assert!(!begun.run.leased.is_left());
    let report = begun.report();
    let outcomes: Vec<_> = report.handlers().iter().map(|handler| handler.outcome()).collect();
    assert_eq!(outcomes, [&Outcome::Completed, &Outcome::TimedOut]);
}

#[test]
fn a_time_that_an_abandoned_runner_wrote_ends_nothing_early() {
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
    assert!(!begun.settle(last), "the invocation is not one of the child's");
}
