//! Leases of registered handlers, among declared ones or alone.

use super::*;
use crate::handler::options::Options;

#[test]
fn registered_handlers_are_leased_among_declared_ones() {
    let (mut begun, ids) = mixed();
    assert_eq!(begun.leased(), 7);
    assert!(locked(begun.table).room_for_leased() >= 7, "the start of a handler allocates nothing");
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
fn the_label_of_a_leased_handler_is_kept_while_it_runs_and_when_it_is_abandoned() {
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
    assert!(begun.abandon(2));
    let report = begun.report();
    let outcomes: Vec<_> =
        report.handlers().iter().map(|handler| (handler.priority(), handler.outcome())).collect();
    assert_eq!(outcomes, [(2, &Outcome::Completed), (1, &Outcome::TimedOut)]);
    assert_eq!(
        locked(begun.table).remove(second).err(),
        Some(Unregistered::Running),
        "it may still run"
    );
    assert!(
        !begun.settle(Finished { number: 2, id: Some(second), outcome: Outcome::Completed }),
        "its thread has returned"
    );
    assert_eq!(locked(begun.table).remove(second).err(), Some(Unregistered::Finished));
}

#[test]
fn an_unregistered_handler_ends_the_lease_before_it() {
    let (mut begun, ids) = mixed();
    assert!(locked(begun.table).remove(ids[2]).is_ok());
    let last = begun.execute();
    assert_eq!(last.number, 7);
    assert!(begun.settle(last));
    begun.take_next();
    assert!(
        matches!(begun.invocation, Some(Invocation { job: Job::Flush, .. })),
        "nothing else is left"
    );
    assert_eq!(priorities(&begun.report()), [2, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_handler_that_is_registered_meanwhile_runs_at_its_place() {
    let (mut begun, _) = mixed();
    // The runner does not see the flag, as if it had read it just before.
    put_in(&mut locked(begun.table), || (), 5);
    let last = begun.execute();
    assert_eq!(last.number, 1, "the table has another handler");
    assert!(begun.settle(last));
    // The table forgets the latecomer when the next handler is taken.
    for leased in [0, 6] {
        begun.take_next();
        assert_eq!(begun.leased(), leased);
        let last = begun.execute();
        assert!(begun.settle(last));
    }
    assert_eq!(priorities(&begun.report()), [2, 5, 1, 0, 0, 0, 0, 0, -1]);
}

#[test]
fn only_simple_registered_handlers_start_by_a_lease() {
    let started = |change: fn(&mut registry::Detail)| {
        let mut table = Table::new();
        let mut detail = registry::Detail::default();
        change(&mut detail);
        register_with(&mut table, || (), 1, detail).expect("the table is open");
        put_in(&mut table, || (), 2);
        Begun::with(table, &[], a_minute()).started_by_lease()
    };
    assert_eq!(started(|detail| detail.name = Some("with a name".into())), 1);
    assert_eq!(started(|detail| detail.options.timeout = Some(Duration::from_secs(20))), 1);
    assert_eq!(
        started(|detail| detail.options.timeout = Some(Duration::from_secs(9))),
        0,
        "the supervisor may sleep for longer"
    );
    assert_eq!(
        started(|detail| detail.options.when = When::Success),
        0,
        "whether it runs is settled when it is next"
    );
    assert_eq!(started(|detail| detail.options.on_caller = true), 0, "another thread executes it");
}

#[test]
fn the_timeout_of_a_leased_handler_is_its_own() {
    let mut table = Table::new();
    let detail = registry::Detail {
        options: Options { timeout: Some(Duration::from_secs(20)), ..Options::NONE },
        ..registry::Detail::default()
    };
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
    assert!(locked(begun.table).take_leased().next().is_none());
}
