use super::*;
use crate::handler::Rank;
use crate::plan::around::Around;
use crate::plan::tests::{plan_of, planned};
use crate::plan::worst_case::Longest;
use proptest::prelude::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A plan of handlers that run one after the other, with these names and timeouts.
fn plan(budget: Duration, grace: Duration, handlers: &[(&'static str, Duration)]) -> Plan {
    let handlers: Vec<_> = handlers
        .iter()
        .map(|&(name, timeout)| PlannedHandler { timeout, ..planned(name) })
        .collect();
    let length =
        handlers.iter().map(PlannedHandler::longest).fold(Duration::ZERO, Duration::saturating_add);
    Plan {
        budget,
        longest: Longest::of_all(length),
        around: Around { grace, end: s(2) },
        ..plan_of(handlers)
    }
}

fn message(plan: &Plan, limit: Duration) -> String {
    plan.fits(limit).expect_err("it does not fit").to_string()
}

#[test]
fn what_fits_has_time_to_spare() {
    let plan = plan(s(25), s(5), &[("a", s(3)), ("b", s(4))]);
    assert_eq!(plan.fits(s(30)), Ok(s(15)), "5 + 3 + 4, 1 for thread-locals, 2 at the end");
    assert_eq!(plan.fits(s(15)), Ok(Duration::ZERO));
    let error = plan.fits(s(14)).expect_err("a second is missing");
    assert_eq!((error.needed(), error.limit()), (s(15), s(14)));
}

#[test]
fn the_budget_bounds_handlers_and_grace_but_not_the_end() {
    let plan = plan(s(25), s(10), &[("a", s(10)), ("b", s(10))]);
    assert_eq!(plan.fits(s(30)), Ok(s(3)));
    assert_eq!(plan.fits(s(26)).map_err(|error| error.needed()), Err(s(27)));
}

#[test]
fn a_handler_without_a_limit_fits_only_by_the_budget() {
    let forever = [("a", Duration::MAX), ("b", s(1))];
    assert_eq!(plan(s(25), Duration::ZERO, &forever).fits(s(30)), Ok(s(3)));
    let unbounded = plan(Duration::MAX, Duration::ZERO, &forever);
    let error = unbounded.fits(s(30)).expect_err("nothing bounds it");
    assert_eq!(error.needed(), Duration::MAX);
    assert!(error.to_string().contains("`a` without a limit, `b` 1s"), "{error}");
}

#[test]
fn a_process_without_handlers_needs_the_grace_and_the_end() {
    assert_eq!(plan(s(25), s(5), &[]).fits(s(10)), Ok(s(3)));
    assert_eq!(
        message(&plan(s(25), Duration::ZERO, &[]), s(1)),
        "the shutdown may take 2s, longer than 1s: end of the process 2s; \
         no budget would fit: raise the limit"
    );
}

#[test]
fn the_message_names_the_parts_and_what_would_fit() {
    let plan = plan(s(60), s(5), &[("db::close", s(30)), ("log::flush", s(6))]);
    assert_eq!(
        message(&plan, s(30)),
        "the shutdown may take 44s, longer than 30s: grace 5s, `db::close` 30s, `log::flush` 6s, \
         end of the process 3s; `budget = \"28s\"` would fit, and may cut handlers short; \
         or shorten the timeouts, or raise the limit"
    );
}

#[test]
fn the_message_names_a_budget_that_cuts_handlers_short() {
    let handlers = [("a", s(1)), ("b", s(9)), ("c", s(2)), ("d\n", s(30)), ("e", s(9))];
    assert_eq!(
        message(&plan(s(25), s(10), &handlers), s(10)),
        "the shutdown may take 27s, longer than 10s: \
         budget 25s (grace 10s, `b` 9s, `d\\n` 30s, `e` 9s, 2 handlers more), \
         end of the process 2s; `budget = \"8s\"` would fit with a shorter `grace`, \
         and may cut handlers short; or shorten the timeouts, or raise the limit"
    );
}

#[test]
fn only_handlers_on_the_longest_path_are_named() {
    let at = |index| Rank { priority: 0, sequence: 0, index };
    let mut plan = plan(s(25), Duration::ZERO, &[("a", s(4)), ("b", s(5)), ("c", s(2))]);
    for (handler, index) in plan.handlers.iter_mut().zip(0..) {
        handler.rank = at(index);
    }
    plan.longest = Longest { length: s(7), handlers: Some(vec![at(2), at(1)]) };
    let found = message(&plan, s(5));
    assert!(found.contains(": `b` 5s, `c` 2s, end of the process 3s; "), "{found}");
}

#[test]
fn the_future_of_an_async_handler_has_time_to_drop() {
    let asynchronous = PlannedHandler { asynchronous: true, timeout: s(3), ..planned("a") };
    assert_eq!(asynchronous.longest(), Duration::from_millis(3250));
    assert_eq!(planned("a").longest(), Duration::ZERO);
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![4 => (0..40_000_u64).prop_map(Duration::from_millis), 1 => Just(Duration::MAX)]
}

proptest! {
    /// The budget that the message offers fits, and one that is longer by a second does not.
    #[test]
    fn the_offered_budget_fits(
        budget in time(), grace in 0..5_u64, limit in time(),
        timeouts in prop::collection::vec(time(), 0..6),
    ) {
        let handlers: Vec<_> = timeouts.into_iter().map(|timeout| ("a", timeout)).collect();
        let with = |budget| plan(budget, s(grace), &handlers).fits(limit);
        match with(budget) {
            Ok(spare) => prop_assert!(spare <= limit),
            Err(error) => {
                prop_assert!(error.needed() > limit && error.limit() == limit);
                if let Some(fitting) = error.parts.fitting {
                    prop_assert!(with(fitting).is_ok());
                    prop_assert!(with(fitting + s(1)).is_err());
                } else {
                    prop_assert!(limit < s(2) + Duration::from_millis(1));
                }
            }
        }
    }

    /// A longer limit never fits less, and the time to spare grows by as much.
    #[test]
    fn a_longer_limit_fits_as_well(limit in 0..60_u64, more in 0..60_u64, timeout in time()) {
        let plan = plan(s(25), s(3), &[("a", timeout)]);
        if let Ok(spare) = plan.fits(s(limit)) {
            prop_assert_eq!(plan.fits(s(limit + more)), Ok(spare + s(more)));
        }
    }
}
