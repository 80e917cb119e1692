//! What is sent by a thread or a task: to a server in this test.

use crate::program::{EXIT_PATHS, Program, program, without_handlers};
use crate::sink::Sink;

const SENTRY: &str = env!("CARGO_BIN_EXE_sentry_events");
const THREAD: &str = env!("CARGO_BIN_EXE_spans_by_a_thread");
const TOKIO: &str = env!("CARGO_BIN_EXE_spans_by_tokio");

/// How long the batch processor waits before it sends, in milliseconds. So a slow machine does not
/// make it send before the exit.
const DELAY: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "600000");

fn events() -> Vec<String> {
    (1..=20).map(|order| format!("\"order {order} is late\"")).collect()
}

fn dsn(sink: &Sink) -> String {
    format!("http://key@{}/1", sink.address)
}

#[test]
fn sentry_gets_all_events_on_every_exit_path() {
    for &(exit_path, code) in EXIT_PATHS {
        let sink = Sink::start();
        let ended = Program::start(&mut program(SENTRY, exit_path, &dsn(&sink))).end();
        ended.check(exit_path, code);
        assert_eq!(ended.stdout, "");
        assert_eq!(sink.received(&events()), 20, "{exit_path}");
    }
}

/// The first request is not answered before the process has ended.
#[test]
fn sentry_loses_events_without_handlers() {
    let sink = Sink::start();
    let hold = sink.hold();
    Program::start(&mut without_handlers(SENTRY, &dsn(&sink))).end().check_without_handlers();
    assert!(sink.received(&events()) <= 1);
    drop(hold);
}

fn spans() -> Vec<String> {
    (1..=100).map(|order| format!("order {order:03}")).collect()
}

fn endpoint(sink: &Sink) -> String {
    format!("http://{}/v1/traces", sink.address)
}

fn all_spans_arrive(path: &str) {
    for &(exit_path, code) in EXIT_PATHS {
        let sink = Sink::start();
        let mut command = program(path, exit_path, &endpoint(&sink));
        let ended = Program::start(command.env(DELAY.0, DELAY.1)).end();
        ended.check(exit_path, code);
        assert_eq!(ended.stdout, "");
        assert_eq!(sink.received(&spans()), 100, "{exit_path}");
    }
}

fn no_span_arrives_without_handlers(path: &str) {
    let sink = Sink::start();
    let mut command = without_handlers(path, &endpoint(&sink));
    Program::start(command.env(DELAY.0, DELAY.1)).end().check_without_handlers();
    assert_eq!(sink.received(&spans()), 0);
}

#[test]
fn spans_of_a_thread_arrive_on_every_exit_path() {
    all_spans_arrive(THREAD);
}

#[test]
fn spans_of_a_thread_are_lost_without_handlers() {
    no_span_arrives_without_handlers(THREAD);
}

#[test]
fn spans_of_tokio_arrive_on_every_exit_path() {
    all_spans_arrive(TOKIO);
}

#[test]
fn spans_of_tokio_are_lost_without_handlers() {
    no_span_arrives_without_handlers(TOKIO);
}
