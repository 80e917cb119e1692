//! Every exit path, with requests in flight.
//!
//! A request is in flight when the service has begun it but not yet received its body. The test
//! sends the body while the service drains.

use crate::client::{Answer, Client};
use crate::remains;
use crate::service::{Ended, Service};
use std::path::Path;
use tempfile::TempDir;

const SERVICE: &str = env!("CARGO_BIN_EXE_web_service");
const PLAIN_MAIN: &str = env!("CARGO_BIN_EXE_web_service_plain_main");

/// More orders than the pool has connections.
const ORDERS: [&str; 5] = ["ink", "paper", "pens", "glue", "string"];

/// Starts requests, and waits until the service has begun them.
fn begin_orders(service: &mut Service) -> Vec<Client> {
    let clients = ORDERS.map(|text| {
        let mut client = Client::connect(service.address);
        client.announce("/orders", text.len());
        client
    });
    service.wait_for("INFO order begun", ORDERS.len());
    clients.into()
}

/// Sends the bodies of the requests, and returns the answers in order.
fn finish_orders(mut clients: Vec<Client>) -> Vec<Answer> {
    clients.iter_mut().zip(ORDERS).for_each(|(client, text)| client.send(text));
    clients.iter_mut().map(Client::answer).collect()
}

/// Requests the end. The connection stays open, as browsers leave it.
fn by_request(service: &Service) -> Option<Client> {
    let mut client = Client::connect(service.address);
    client.announce("/shutdown", 0);
    Some(client)
}

fn by_signal(signal: i32) -> impl Fn(&Service) -> Option<Client> {
    move |service| {
        service.send(signal);
        None
    }
}

/// Ends the program with requests in flight, and checks everything that could be lost.
#[track_caller]
fn check(program: &str, exit_path: &str, code: i32, ask: impl Fn(&Service) -> Option<Client>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut service = Service::start(program, exit_path, folder.path(), &[]);
    let clients = begin_orders(&mut service);
    let mut asking = ask(&service);
    service.wait_for("INFO draining the server", 1);
    service.wait_until_closed();
    let answers = finish_orders(clients);
    let ended = service.end();

    assert_eq!(ended.code, code, "{exit_path}: {ended:?}");
    assert_eq!(
        ended.stderr.iter().find(|line| line.starts_with("exitmacro")),
        None,
        "{exit_path}: {ended:?}"
    );
    assert!(
        asking.as_mut().is_none_or(|client| client.answer() == Some((202, String::new()))),
        "{exit_path}: {ended:?}"
    );
    // Before the database is opened again.
    assert_eq!(
        remains::files(folder.path()),
        ["log", "orders.db"],
        "{exit_path}: SQLite removes its other files when it is closed"
    );
    check_orders(folder.path(), &answers);
    check_order_of_the_end(&ended, &remains::log(folder.path()));
}

/// Every request is answered, and the database has what was acknowledged.
#[track_caller]
fn check_orders(folder: &Path, answers: &[Answer]) {
    let stored = remains::orders(folder);
    assert_eq!(
        (answers.len(), stored.len()),
        (ORDERS.len(), ORDERS.len()),
        "{answers:?}, {stored:?}"
    );
    for (answer, text) in answers.iter().zip(ORDERS) {
        let (number, _) = stored
            .iter()
            .find(|(_, stored)| stored == text)
            .unwrap_or_else(|| panic!("no {text}: {stored:?}"));
        assert_eq!(answer, &Some((200, format!("order {number}"))), "{answers:?}");
    }
}

/// The order of the lines: the last order, the server, the pool, the log. On stdout and, complete,
/// in the file.
#[track_caller]
fn check_order_of_the_end(ended: &Ended, log: &[String]) {
    let (flushed, printed) = ended.printed.split_last().expect("the service prints its log");
    assert_eq!(flushed, "log flushed", "{ended:?}");
    for lines in [printed, log] {
        let stored = lines.iter().filter(|line| line.starts_with("INFO order stored")).count();
        let last = ["INFO server drained", "INFO pool closed", "INFO flushing the log"];
        assert_eq!(
            (stored, lines.last_chunk()),
            (ORDERS.len(), Some(&last.map(str::to_owned))),
            "{lines:?}"
        );
    }
    assert_eq!(
        sorted(printed),
        sorted(log),
        "lines of different threads may come in another order"
    );
}

fn sorted(lines: &[String]) -> Vec<&String> {
    let mut lines: Vec<_> = lines.iter().collect();
    lines.sort();
    lines
}

/// Both programs, asked to end by a request.
#[track_caller]
fn check_both(exit_path: &str, code: i32) {
    for program in [SERVICE, PLAIN_MAIN] {
        check(program, exit_path, code, by_request);
    }
}

#[track_caller]
fn check_signal(exit_path: &str, signal: i32) {
    check(SERVICE, exit_path, 128 + signal, by_signal(signal));
}

#[test]
fn nothing_is_lost_when_main_returns() {
    check_both("return", 0);
}

#[test]
fn nothing_is_lost_when_main_returns_an_error() {
    check_both("error", 1);
}

#[test]
fn nothing_is_lost_when_main_panics() {
    check_both("panic", 101);
}

#[test]
fn nothing_is_lost_when_a_task_calls_exitmacro_exit() {
    check_both("exitmacro_exit", 3);
}

/// The only worker of the runtime of `main` is blocked.
#[test]
fn nothing_is_lost_when_a_task_calls_process_exit() {
    check_both("process_exit", 3);
}

#[test]
fn nothing_is_lost_when_a_thread_calls_process_exit() {
    check_both("exit_on_a_thread", 3);
}

#[test]
fn nothing_is_lost_when_a_panic_aborts() {
    check(SERVICE, "abort", -libc::SIGABRT, by_request);
}

#[test]
fn nothing_is_lost_at_sigterm() {
    check_signal("return", libc::SIGTERM);
}

#[test]
fn nothing_is_lost_at_sigterm_when_main_does_not_return() {
    check_signal("never", libc::SIGTERM);
}

#[test]
fn nothing_is_lost_at_sigint() {
    check_signal("return", libc::SIGINT);
}

#[test]
fn nothing_is_lost_at_sighup() {
    check_signal("return", libc::SIGHUP);
}

/// Ends the program with requests in flight, and one that has been answered.
fn end_without_handlers(
    program: &str,
    environment: &[(&str, &str)],
    ask: impl Fn(&Service) -> Option<Client>,
) -> (TempDir, Ended, Vec<Answer>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut service = Service::start(program, "process_exit", folder.path(), environment);
    let mut clients = begin_orders(&mut service);
    let mut client = Client::connect(service.address);
    client.announce("/orders", "stamps".len());
    client.send("stamps");
    assert_eq!(client.answer(), Some((200, "order 1".to_owned())));
    let _asking = ask(&service);
    let answers = clients.iter_mut().map(Client::answer).collect();
    (folder, service.end(), answers)
}

/// What the other tests check is lost. What is in SQLite's write-ahead log is not.
#[track_caller]
fn check_what_is_lost(folder: &Path, answers: &[Answer]) {
    assert_eq!(answers, [const { None }; ORDERS.len()]);
    assert_eq!(remains::log(folder), [""; 0]);
    assert_eq!(remains::files(folder), ["log", "orders.db", "orders.db-shm", "orders.db-wal"]);
    assert_eq!(remains::orders(folder), [(1, "stamps".to_owned())]);
}

#[test]
fn without_the_handlers_requests_fail() {
    let (folder, ended, answers) =
        end_without_handlers(SERVICE, &[("EXITMACRO_SKIP", "*")], by_request);
    assert_eq!(ended.code, 3, "{ended:?}");
    check_what_is_lost(folder.path(), &answers);
}

/// It does not handle signals.
#[test]
fn sigterm_ends_a_plain_main_without_handlers() {
    let (folder, ended, answers) = end_without_handlers(PLAIN_MAIN, &[], by_signal(libc::SIGTERM));
    assert_eq!(ended.code, -libc::SIGTERM, "{ended:?}");
    check_what_is_lost(folder.path(), &answers);
}

#[test]
fn what_was_acknowledged_survives_sigkill() {
    let (folder, ended, answers) = end_without_handlers(SERVICE, &[], by_signal(libc::SIGKILL));
    assert_eq!(ended.code, -libc::SIGKILL, "{ended:?}");
    check_what_is_lost(folder.path(), &answers);
}
