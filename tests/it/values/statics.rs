//! A static is cleaned up at exit when it has a value, and never dropped.

use crate::support::{Ended, TIMED_OUT, handler_line, panics_abort, scenario, seen};
use std::time::Duration;

fn statics(what: &str) -> Ended {
    scenario!("statics").arg(what).run()
}

const UNUSED: &str = "plain closed\nlate: None, Some(3)\n";

#[test]
fn statics_with_a_value_are_cleaned_up_by_priority_and_stay_usable() {
    let stdout = "\
first closed
LazyLock closed on exitmacro
OnceLock closed on exitmacro
Lazy closed on exitmacro
OnceCell 0 closed on exitmacro
OnceCell 1 closed on exitmacro
plain closed
ON_CALLER closed on main
late: Some(Pool(\"OnceLock\")), Some(3)
";
    statics("used").assert(3, &seen(stdout), "");
}

#[test]
fn statics_without_a_value_are_not_initialised() {
    statics("unused").assert(3, &seen(UNUSED), "");
}

#[test]
fn a_value_that_a_handler_makes_is_cleaned_up_too() {
    let stdout = "of a handler closed on exitmacro\nplain closed\n\
                  late: Some(Pool(\"of a handler\")), Some(3)\n";
    statics("made during the run").assert(3, &seen(stdout), "");
}

#[test]
fn a_value_that_another_thread_is_still_making_is_not_waited_for() {
    statics("never made").assert(3, &seen(UNUSED), "");
}

#[test]
fn a_value_whose_initialisation_panicked_is_none() {
    if panics_abort() {
        return;
    }
    let ended = statics("panics");
    assert_eq!((ended.code(), ended.stdout), (3, seen(UNUSED)));
    assert!(!ended.stderr.contains("exitmacro: "), "{}", ended.stderr);
}

#[test]
fn a_failure_names_the_static_and_leaves_the_status() {
    let stdout =
        "failing closed on exitmacro\nplain closed\nlate: Some(Pool(\"failing\")), Some(3)\n";
    let stderr = &handler_line("statics::ONCE_LOCK", "statics", "failed after _s: no luck");
    statics("failing").assert_at_any_line(3, &seen(stdout), stderr);
}

#[test]
fn a_static_that_hangs_is_abandoned_after_its_timeout() {
    let stdout = "plain closed\nstuck\nnext closed on main\nlate: None, Some(3)\n";
    let stderr = &handler_line("the stuck one", "statics", TIMED_OUT);
    let ended = statics("stuck");
    ended.assert_at_any_line(3, &seen(stdout), stderr);
    // Not after the default timeout of ten seconds.
    assert!(
        (Duration::from_millis(200)..Duration::from_secs(8)).contains(&ended.took),
        "{ended:?}"
    );
}

#[test]
fn a_plan_shows_statics_with_the_options_of_their_attributes() {
    let plan = "\
statics::early 100 10s declared
statics::inner::FIRST 60 10s declared
statics::LAZY_LOCK 50 10s declared
statics::ONCE_LOCK 40 10s declared
statics::LAZY 30 10s declared
statics::ONCE_CELL 20 10s declared
statics::PLAIN 10 10s declared
the stuck one 5 200ms declared
statics::ON_CALLER 4 10s declared
statics::INHERITED 3 10s declared
statics::late -1 10s declared
";
    statics("plan").assert(3, &seen(&format!("{plan}{UNUSED}")), "");
}

#[test]
fn a_forked_child_cleans_up_only_what_it_inherits() {
    // std did not start this thread in the child, so it has no name.
    let stdout = "\
inherited closed on a thread
the child has ended
the parent's closed on exitmacro
plain closed
inherited closed on exitmacro
late: Some(Pool(\"the parent's\")), Some(3)
";
    statics("fork").assert(3, &seen(stdout), "");
}
