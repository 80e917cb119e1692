//! What a lease bounds: forks, its end, deadlines and timeouts.

use super::*;

#[test]
fn a_handler_that_the_budget_would_limit_does_not_start_by_the_lease() {
    static LONG: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(58))];
    let mut begun = Begun::new(&LONG, a_minute());
    assert_eq!(begun.leased(), 1);
    assert_eq!(begun.execute().number, 1);
    assert_eq!(begun.run.live.invocation(live::FIRST_SLOT), 1);

    static ENDLESS: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::MAX)];
    assert_eq!(Begun::new(&ENDLESS, a_minute()).execute().number, 1);
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
    until_now.lease.reach.until = still();
    assert_eq!(until_now.execute().number, 5);
    let mut too_late = begun(still);
    too_late.lease.reach.until = still().minus(Duration::from_nanos(1));
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
fn an_abandoned_handler_can_see_that_and_the_report_has_its_limit() {
    static LONGER: [Declared; 2] =
        [handler("first", 1), handler("second", 2).timeout(Duration::from_secs(20))];
    let mut begun = Begun::new(&LONGER, a_minute());
    assert!(begun.run.live.pass(1, 0, Moment::now()));
    begun.catch_up();
    assert!(begun.abandon(2));
    assert_eq!(begun.report().handlers()[1].limit(), Some(Limit::Timeout(Duration::from_secs(20))));

    let mut alone = Begun::new(&FIVE[..1], a_minute());
    assert!(alone.abandon(1));
    assert!(alone.invocation.is_some_and(|invocation| invocation.context.is_abandoned()));
}
