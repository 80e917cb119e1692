//! Invocations that are handed over to the caller.

use super::*;
use crate::handler::options::Options;
use crate::registry::Detail;
use crate::registry::tests::register_with;

#[test]
fn an_invocation_for_the_caller_waits_until_the_caller_takes_it() {
    static FOR_CALLER: [Declared; 1] =
        [Declared::new("caller", "app", "src/main.rs", 1, 1, |_| Ok(())).on_caller()];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_CALLER, &mut table, Duration::from_secs(1));
    let Step::HandedOver(number) = run.next(now, &mut table, Worker::runner(1), &mut Line::new())
    else {
        panic!("it is for the caller")
    };
    assert!(run.is_running(number) && !run.is_inside(alone().thread));
    let invocation = run.take_handed_over(now).expect("it waits");
    assert!(run.is_inside(alone().thread) && run.take_handed_over(now).is_none());
    let mut line = Line::new();
    assert!(run.settle(execute(invocation), now, &mut table, &mut line) && line.is_empty());
    assert_eq!(run.report(Moment::now()).handlers()[0].thread(), Some(HandlerThread::Caller));
}

#[test]
fn the_time_of_an_invocation_for_the_caller_begins_when_the_caller_takes_it() {
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
    let invocation = run.take_handed_over(later).expect("it waits");
    assert_eq!(
        (invocation.context.deadline, run.next_deadline()),
        (later.plus(TIMEOUT), later.plus(TIMEOUT))
    );
    assert!(
        !run.caller_hangs_in(number, later) && run.caller_hangs_in(number, later.plus(TIMEOUT))
    );
}

#[test]
fn an_invocation_that_the_caller_does_not_take_is_skipped_when_the_budget_is_spent() {
    const BUDGET: Duration = Duration::from_secs(1);
    let mut table = Table::new();
    let options = Options { on_caller: true, ..Options::NONE };
    let detail = Detail { name: Some("caller".into()), options, ..Detail::default() };
    let id = register_with(&mut table, || (), 0, detail).expect("the table is open");
    let (mut run, now) = begun(&[], &mut table, BUDGET);
    let Step::HandedOver(number) = run.next(now, &mut table, Worker::runner(1), &mut Line::new())
    else {
        panic!("it is for the caller")
    };
    let late = now.plus(BUDGET);
    assert!(run.caller_hangs_in(number, late));
    assert_eq!(table.remove(id).err(), Some(Unregistered::Running));
    assert!(!run.abandon(number + 1, End::Abandoned, late, &mut table, &mut Line::new()));
    assert!(run.abandon(number, End::Abandoned, late, &mut table, &mut Line::new()));
    assert_eq!(log(&run), [("caller".to_owned(), Outcome::Skipped(SkipReason::Budget))]);
    assert!(run.take_handed_over(late).is_none() && !run.is_abandoned(alone().thread));
    assert_eq!(table.remove(id).err(), Some(Unregistered::Finished));
}
