//! What a report and a plan look like in JSON, read by a parser.

use super::*;
use crate::config::Bounds;
use crate::handler::declared::Declared;
use crate::order::interrupt::Interrupt;
use crate::registry::Table;
use crate::registry::tests::register_in;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Through text, as a program ships it.
#[track_caller]
fn parsed(value: &impl Serialize) -> Value {
    let text = serde_json::to_string(value).expect("it can be written");
    serde_json::from_str(&text).expect("it can be read")
}

fn handler(name: &'static str, outcome: Outcome) -> HandlerReport {
    HandlerReport {
        name: Cow::Borrowed(name),
        location: Location::new("src/main.rs", 7),
        priority: -100,
        outcome,
        start: Duration::from_millis(250),
        duration: Duration::from_millis(1500),
        thread: Some(HandlerThread::Runner),
        runner: Some(1),
        #[cfg(feature = "picture")]
        allowed: None,
        limit: None,
        awaited: None,
    }
}

#[test]
fn a_report_has_a_field_for_each_method() {
    let skipped = HandlerReport {
        thread: None,
        runner: None,
        ..handler("skipped", Outcome::Skipped(SkipReason::UnknownStatus))
    };
    let late = HandlerReport {
        thread: Some(HandlerThread::Caller),
        limit: Some(Limit::Timeout(Duration::from_millis(1500))),
        awaited: Some("thread `worker` to end".into()),
        ..handler("late", Outcome::TimedOut)
    };
    let report = Report {
        reason: ExitReason::Signal(Signal::TERM),
        status: Some(143),
        budget: Some(Duration::from_secs(25)),
        duration: Duration::from_millis(3500),
        is_finished: true,
        handlers: vec![late, skipped],
        edges: vec![(0, 1)],
    };
    let location = json!({ "file": "src/main.rs", "line": 7 });
    let expected = json!({
        "reason": { "signal": { "name": "SIGTERM", "number": 15 } },
        "status": 143,
        "budget": 25.0,
        "duration": 3.5,
        "is_finished": true,
        "is_success": false,
        "totals": {
            "completed": 0, "failed": 0, "panicked": 0, "timed_out": 1, "skipped": 1, "exited": 0,
        },
        "handlers": [
            {
                "name": "late", "location": location, "priority": -100, "outcome": "timed_out",
                "start": 0.25, "duration": 1.5, "limit": { "timeout": 1.5 }, "thread": "caller",
                "runner": 1, "awaited": "thread `worker` to end",
            },
            {
                "name": "skipped", "location": location, "priority": -100,
                "outcome": { "skipped": "unknown_status" }, "start": 0.25, "duration": 1.5,
                "limit": null, "thread": null, "runner": null, "awaited": null,
            },
        ],
        "edges": [[0, 1]],
    });
    assert_eq!(parsed(&report), expected);
}

#[test]
fn what_is_not_known_is_null() {
    let json = parsed(&Report::empty());
    assert_eq!((&json["status"], &json["budget"]), (&Value::Null, &Value::Null));
    assert_eq!((&json["handlers"], &json["edges"]), (&json!([]), &json!([])));
}

#[test]
fn outcomes_have_their_data() {
    let expected = [
        (Outcome::Completed, json!("completed")),
        (Outcome::Failed("\"disk\"\n\u{1b}".to_owned()), json!({ "failed": "\"disk\"\n\u{1b}" })),
        (Outcome::Panicked("oh".to_owned()), json!({ "panicked": "oh" })),
        (Outcome::TimedOut, json!("timed_out")),
        (Outcome::Skipped(SkipReason::Budget), json!({ "skipped": "budget" })),
        (Outcome::Skipped(SkipReason::Environment), json!({ "skipped": "environment" })),
        (Outcome::Skipped(SkipReason::When), json!({ "skipped": "when" })),
        (Outcome::Exited(3), json!({ "exited": 3 })),
    ];
    for (outcome, json) in expected {
        assert_eq!(parsed(&outcome), json, "{outcome}");
    }
}

#[test]
fn reasons_are_in_snake_case() {
    let reasons = [
        ExitReason::Return,
        ExitReason::Exit,
        ExitReason::Panic,
        ExitReason::Requested,
        ExitReason::Unload,
    ];
    assert_eq!(parsed(&reasons), json!(["return", "exit", "panic", "requested", "unload"]));
}

#[test]
fn limits_have_their_times() {
    let [share, left, budget] = [900, 1000, 25_000].map(Duration::from_millis);
    assert_eq!(
        parsed(&[Limit::Share { share, left }, Limit::Budget { left, budget }]),
        json!([
            { "share": { "share": 0.9, "left": 1.0 } },
            { "budget": { "left": 1.0, "budget": 25.0 } },
        ])
    );
}

#[test]
fn where_from_and_when_are_names() {
    assert_eq!(
        parsed(&[Source::Declared, Source::Registered, Source::Tracked]),
        json!(["declared", "registered", "tracked"])
    );
    assert_eq!(
        parsed(&[When::Always, When::Success, When::Failure, When::Signal]),
        json!(["always", "success", "failure", "signal"])
    );
}

#[test]
fn a_plan_has_a_field_for_each_method() {
    static DECLARED: [Declared; 1] =
        [Declared::new("app::close", "app", "src/main.rs", 7, 1, |_| Ok(()))];
    let mut table = Table::new();
    register_in(&mut table, || (), 5).expect("the table is open");
    let bounds = Bounds {
        budget: Duration::from_secs(25),
        timeout: Duration::from_millis(2500),
        is_timeout_stated: true,
        threads: 8,
    };
    let waiting: Vec<_> = crate::order::sort::declared_ranks(&DECLARED, true).collect();
    let plan = Plan::of(&DECLARED, &waiting, &table, bounds, &mut Interrupt::never());
    let mut json = parsed(&plan);
    let first = json["handlers"][0].take();
    assert_eq!((&first["source"], &first["priority"]), (&json!("registered"), &json!(5)));
    let expected = json!({
        "handlers": [null, {
            "name": "app::close", "location": { "file": "src/main.rs", "line": 7 }, "priority": 0,
            "timeout": 2.5, "is_timeout_stated": true, "source": "declared",
            "is_concurrent": false, "when": "always",
        }],
        "edges": [],
        "cycles": [],
        "ignores_edges": false,
        "worst_case": 5.0,
        "stated_worst_case": 5.0,
        "budget": 25.0,
        "threads": 8,
    });
    assert_eq!(json, expected);
}

#[test]
fn a_cycle_is_the_names_of_its_handlers() {
    let cycle = Cycle::named(["a", "b"]);
    assert_eq!(parsed(&cycle), json!({ "names": ["a", "b"], "unnamed_edges": 0 }));
}
