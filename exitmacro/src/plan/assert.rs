//! What a test can assert about a plan.

use crate::plan::Plan;

/// Fails a test, or a program at its start, when the exit handlers cannot run as they should: when
/// there is an ordering cycle, when the configured timeouts exceed the budget less the grace, or
/// when the named handlers are missing or in another order.
///
/// Handlers without a configured timeout have 10 seconds each, which do not count here: three of
/// them would exceed the default budget of 25 seconds, in every program. A timeout that the program
/// configures for all its handlers, with `timeout = …` in `#[exitmacro::main]` or `config!`, counts
/// for each of them.
///
/// A name is complete, or the end of the path: `"close_db"` matches `app::storage::close_db`. Other
/// handlers may run before, between and after.
///
/// The budget and the grace are those of the calling process. `#[exitmacro::main]` configures them
/// only when `main` starts, and not in the unit tests of a program. There the budget is 25 seconds,
/// unless `config!` or the environment variable `EXITMACRO_BUDGET` sets another one.
///
/// It is a statement: call it in a `#[test]`, or at the beginning of `main`.
///
/// The guide: [tests](crate::guide::tests).
///
/// # Panics
///
/// When one of these does not hold. The message names it, and shows the plan.
///
/// ```standalone_crate
/// use exitmacro::at_exit;
///
/// #[at_exit(timeout = "5s")]
/// fn close_db() {}
///
/// #[at_exit(timeout = "2s", after(close_db))]
/// fn flush_log() {}
///
/// exitmacro::assert_plan!();
/// exitmacro::assert_plan!("close_db", "flush_log");
/// ```
#[macro_export]
macro_rules! assert_plan {
    ($($name:expr),* $(,)?) => {
        $crate::__private::assert_plan(&[$($name),*])
    };
}

/// The function behind `assert_plan!`.
#[track_caller]
pub fn assert_plan(names: &[&str]) {
    let plan = crate::plan();
    let faults = faults(&plan, names);
    assert!(faults.is_empty(), "{}\n\n{plan}", faults.join("\n"));
}

fn faults(plan: &Plan, names: &[&str]) -> Vec<String> {
    let cycles = plan.cycles().iter().map(|cycle| format!("ordering cycle: {cycle}"));
    let (worst_case, budget) = (plan.stated_worst_case(), plan.budget());
    let grace = plan.around.grace;
    let too_long = (worst_case > budget.saturating_sub(grace)).then(|| {
        let left = if grace.is_zero() {
            String::new()
        } else {
            format!("what a grace of {grace:?} leaves of ")
        };
        format!(
            "the exit handlers may take up to {worst_case:?} by their configured timeouts, \
             more than {left}the budget of {budget:?}: give them shorter timeouts, \
             let them run side by side with `concurrent`, or raise the budget"
        )
    });
    let unplanned = plan.unplanned.map(|unplanned| unplanned.to_string());
    cycles.chain(unplanned).chain(too_long).chain(misplaced(plan, names)).collect()
}

/// The first of the names that is not found after the previous one.
fn misplaced(plan: &Plan, names: &[&str]) -> Option<String> {
    let mut rest = plan.handlers().iter();
    let mut before = None;
    for &name in names {
        if !rest.any(|handler| is_called(handler.name(), name)) {
            let is_there = plan.handlers().iter().any(|handler| is_called(handler.name(), name));
            return Some(match before {
                Some(before) if is_there => {
                    format!("the exit handler `{name}` does not come after `{before}`")
                }
                _ => format!(
                    "there is no exit handler `{name}`: is the crate that declares it linked?"
                ),
            });
        }
        before = Some(name);
    }
    None
}

fn is_called(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::cycle::Cycle;
    use crate::order::interrupt::Unplanned;
    use crate::plan::tests::{plan_of, planned};
    use core::time::Duration;

    fn plan(names: &[&'static str]) -> Plan {
        Plan {
            stated_worst_case: Duration::from_secs(1),
            budget: Duration::from_secs(1),
            ..plan_of(names.iter().map(|&name| planned(name)).collect())
        }
    }

    #[test]
    fn a_plan_that_fits_has_no_faults() {
        assert!(faults(&plan(&["app::a", "app::b", "c"]), &["a", "app::b", "c"]).is_empty());
        assert!(faults(&plan(&["app::a", "app::b", "c"]), &["a", "c"]).is_empty());
    }

    #[test]
    fn the_end_of_a_path_is_whole_segments() {
        assert_eq!(
            faults(&plan(&["app::close_db"]), &["db"]),
            ["there is no exit handler `db`: is the crate that declares it linked?"]
        );
    }

    #[test]
    fn the_order_counts() {
        assert_eq!(
            faults(&plan(&["a", "b"]), &["b", "a"]),
            ["the exit handler `a` does not come after `b`"]
        );
        assert_eq!(
            faults(&plan(&["a", "b"]), &["a", "a"]),
            ["the exit handler `a` does not come after `a`"]
        );
        assert_eq!(
            faults(&plan(&["a", "b"]), &["a", "c"]),
            ["there is no exit handler `c`: is the crate that declares it linked?"]
        );
    }

    #[test]
    #[should_panic(
        expected = "there is no exit handler `of::no::crate`: is the crate that declares it linked?"
    )]
    fn a_fault_of_the_plan_of_the_program_is_a_panic() {
        assert_plan(&["of::no::crate"]);
    }

    #[test]
    fn what_takes_too_long_is_said_with_what_to_do() {
        let plan = Plan { stated_worst_case: Duration::from_secs(30), ..plan(&["a"]) };
        let [fault] = faults(&plan, &[]).try_into().expect("one fault");
        assert!(fault.starts_with(
            "the exit handlers may take up to 30s by their configured timeouts, \
             more than the budget of 1s: give them shorter timeouts"
        ));
    }

    #[test]
    fn the_grace_is_a_part_of_the_budget() {
        let seconds = Duration::from_secs;
        let mut plan = Plan { stated_worst_case: seconds(4), budget: seconds(10), ..plan(&["a"]) };
        plan.around.grace = seconds(6);
        assert_eq!(faults(&plan, &[]), Vec::<String>::new());
        plan.around.grace += Duration::from_millis(500);
        assert_eq!(
            faults(&plan, &[]),
            ["the exit handlers may take up to 4s by their configured timeouts, \
              more than what a grace of 6.5s leaves of the budget of 10s: \
              give them shorter timeouts, let them run side by side with `concurrent`, \
              or raise the budget"]
        );
    }

    #[test]
    fn defaults_that_add_up_to_more_than_the_budget_are_no_fault() {
        let plan = Plan { worst_case: Duration::from_secs(30), ..plan(&["a", "b", "c"]) };
        assert!(faults(&plan, &[]).is_empty());
    }

    #[test]
    fn a_plan_that_ignores_edges_is_a_fault() {
        let plan = Plan { unplanned: Some(Unplanned::OutOfTime), ..plan(&["a"]) };
        assert!(plan.ignores_edges());
        let expected = "ordering the handlers by `after`, `before` and `concurrent` takes more \
                        than a tenth of the budget";
        assert!(faults(&plan, &[])[0].starts_with(expected), "{:?}", faults(&plan, &[]));
    }

    #[test]
    fn every_cycle_is_named() {
        let cycle = Cycle::named(["a", "b"]);
        let plan = Plan { cycles: vec![cycle.clone(), cycle], ..plan(&["a", "b"]) };
        assert_eq!(faults(&plan, &[]), ["ordering cycle: `a` after `b` after `a`"; 2]);
    }
}
