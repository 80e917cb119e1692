use super::*;
use crate::picture::picture_tests::{any_report, on_caller, ran, report, skipped};
use crate::report::{Limit, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

fn events(report: &Report) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&report.to_trace()).expect("the trace is JSON");
    trace["traceEvents"].as_array().expect("there are events").clone()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["ph"] == kind).collect()
}

#[test]
fn threads_have_names() {
    let events = events(&report([ran(1, 0, 1), ran(3, 1, 1), on_caller(2, 1), skipped(3)]));
    let named = of_kind(&events, "M").into_iter().filter(|event| event["name"] == "thread_name");
    let names: Vec<_> =
        named.map(|event| (event["tid"].as_u64(), event["args"]["name"].as_str())).collect();
    let expected = ["caller", "runner 1", "runner 2", "runner 3", "not run"];
    assert_eq!(names, (1..).map(Some).zip(expected.map(Some)).collect::<Vec<_>>());
}

#[test]
fn a_handler_is_a_complete_event_with_all_that_is_known() {
    let mut late = ran(2, 15, 30);
    late.duration += Duration::from_nanos(7);
    late.outcome = Outcome::TimedOut;
    late.limit = Some(Limit::Timeout(Duration::from_millis(30)));
    let events = events(&report([late]));
    let handler = events.iter().find(|event| event["cat"] == "handler").expect("there is one");
    let expected = json!({
        "ph": "X", "pid": std::process::id(), "tid": 3, "ts": 15000.0, "dur": 30000.007,
        "cat": "handler", "name": "app::handler",
        "args": {
            "priority": 0, "location": "src/main.rs:7", "outcome": "timed out",
            "limit": "its timeout is 30ms",
        },
    });
    assert_eq!(*handler, expected);
}

#[test]
fn a_skipped_handler_is_an_instant() {
    let events = events(&report([skipped(9)]));
    let [event] = of_kind(&events, "i")[..] else { panic!("{events:?}") };
    assert_eq!(
        (&event["ts"], &event["args"]["outcome"]),
        (&json!(9000.0), &json!("skipped: the budget is used up"))
    );
}

#[test]
fn an_edge_is_a_flow_from_event_to_event() {
    let mut report = report([ran(1, 0, 10), ran(2, 10, 5)]);
    report.edges = vec![(0, 1)];
    let events = events(&report);
    let place = |event: &Value| (event["tid"].clone(), event["ts"].clone(), event["id"].clone());
    let ([from], [to]) = (&of_kind(&events, "s")[..], &of_kind(&events, "f")[..]) else {
        panic!("{events:?}")
    };
    assert_eq!(place(from), (json!(2), json!(0.0), json!(0)));
    assert_eq!(place(to), (json!(3), json!(10000.0), json!(0)));
}

#[test]
fn the_run_is_an_event_around_all_others() {
    let events = events(&report([ran(1, 0, 10), on_caller(10, 5)]));
    let run = events.iter().find(|event| event["cat"] == "run").expect("there is one");
    assert_eq!((&run["dur"], &run["args"]["status"]), (&json!(15000.0), &json!(0)));
    assert_eq!(run["args"]["reason"], "exit");
}

proptest! {
    #[test]
    fn any_report_is_json_with_each_name(report in any_report()) {
        let events = events(&report);
        let handlers = events.iter().filter(|event| event["cat"] == "handler");
        let names: Vec<_> =
            handlers.map(|event| event["name"].as_str().map(str::to_owned)).collect();
        let expected: Vec<_> = report
            .handlers()
            .iter()
            .map(|handler| Some(visible(handler.name()).to_owned()))
            .collect();
        prop_assert_eq!(names, expected);
        prop_assert_eq!(of_kind(&events, "s").len(), report.edges().len());
    }
}
