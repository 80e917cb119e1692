//! Requests to end: they wake threads and tasks, give `main` a grace period, and let requests
//! finish.

mod in_flight;
mod requests;
mod watched;

use crate::support::{Ended, Scenario, despite_load, panics_abort, scenario, seen};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

fn asked(case: &str, before: &str) {
    scenario!("shutdown").arg(case).run().assert(
        0,
        &seen(&format!("{before}exit, Some(0), requested: true\n")),
        "",
    );
}

#[test]
fn threads_that_wait_are_woken() {
    asked("threads", "before: false\nall threads know, and nothing has run\n");
}

#[test]
fn waiting_can_be_bounded() {
    asked(
        "timeout",
        "asked: false, in time: true\nasked: true, at once: true\nalso without waiting: true\n",
    );
}

#[test]
fn tasks_of_tokio_are_woken() {
    for runtime in ["current_thread", "multi_thread"] {
        asked(runtime, "not asked\nall tasks know, and so does one that comes late\n");
    }
}

#[test]
fn tasks_without_any_runtime_are_woken() {
    asked("block_on", "woken without any runtime\n");
}

#[test]
fn dropped_futures_are_forgotten() {
    asked(
        "dropped",
        "wakers that stay: 0 and 1\nwoken: 0 and 1\nready: true\nwakers that stay: 0 and 0\n",
    );
}

#[test]
fn a_future_that_moves_wakes_its_latest_task() {
    asked("polled twice", "wakers that stay: 0 and 1\nwoken: 0 and 1\n");
}

#[test]
fn nothing_is_requested_in_a_forked_child() {
    asked("child", "child: false\nchild: true\nparent: true\n");
}

const LONG: Duration = Duration::from_secs(50);
const GRACE: Duration = Duration::from_secs(1);

/// What the program leaves after a signal, and how long that took.
fn in_grace(scenario: Scenario) -> (Ended, Duration) {
    let mut running = scenario.start();
    running.wait_for("ready");
    let sent = Instant::now();
    running.signal(libc::SIGTERM);
    let ended = running.end();
    (ended, sent.elapsed())
}

fn grace(case: &str) -> (Ended, Duration) {
    in_grace(scenario!("shutdown_grace").arg(case))
}

#[test]
fn handlers_run_when_main_returns_in_the_grace_period() {
    despite_load(|| {
        let (ended, took) = grace("returns");
        ended.assert(143, "ready\nasked\nmain is done\nSIGTERM, Some(143)\n", "");
        assert!(took < GRACE, "{took:?}");
    });
}

#[test]
fn a_main_that_fails_in_the_grace_period_keeps_its_status() {
    let (ended, _) = grace("fails");
    ended.assert(1, "ready\nasked\nSIGTERM, Some(1)\n", "Error: \"main fails\"\n");
}

#[test]
fn a_main_that_exits_in_the_grace_period_keeps_its_status() {
    let (ended, _) = grace("exits");
    ended.assert(4, &seen("ready\nasked\nexit, Some(4)\n"), "");
    // The attribute distinguishes a return from an exit.
    let (ended, _) = grace("exits with success");
    ended.assert(0, &seen("ready\nasked\nexit, Some(0)\n"), "");
}

#[test]
fn a_main_that_panics_in_the_grace_period_keeps_its_status() {
    let (ended, _) = grace("panics");
    let (code, status) = if panics_abort() { (-libc::SIGABRT, 134) } else { (101, 101) };
    assert_eq!(
        (ended.code(), ended.stdout),
        (code, format!("ready\nasked\npanic, Some({status})\n"))
    );
}

#[test]
fn handlers_begin_when_the_grace_period_has_passed() {
    let (ended, took) = grace("stuck");
    ended.assert(143, "ready\nasked\nSIGTERM, Some(143)\n", "");
    assert!(took >= GRACE, "{took:?}");
}

#[test]
fn the_grace_period_is_part_of_the_budget() {
    despite_load(|| {
        let (ended, took) =
            in_grace(scenario!("shutdown_grace").arg("stuck twice").env("EXITMACRO_BUDGET", "2s"));
        assert_eq!(
            (ended.code(), ended.stdout.as_str()),
            (143, "ready\nasked\nSIGTERM, Some(143)\n")
        );
        assert!(took >= 2 * GRACE && took < 3 * GRACE, "{took:?}: {}", ended.stderr);
    });
}

#[test]
fn a_grace_period_as_long_as_the_budget_leaves_half_of_it_to_the_handlers() {
    despite_load(|| {
        let (ended, took) =
            in_grace(scenario!("shutdown_grace").arg("stuck").env("EXITMACRO_BUDGET", "600ms"));
        ended.assert(143, "ready\nasked\nSIGTERM, Some(143)\n", "");
        assert!(took >= Duration::from_millis(300), "{took:?}");
        let (ended, _) =
            in_grace(scenario!("shutdown_grace").arg("stuck").env("EXITMACRO_BUDGET", "1s"));
        ended.assert(143, "ready\nasked\nSIGTERM, Some(143)\n", "");
    });
}

/// Requests the only page, and returns the whole answer.
fn ask(mut connection: TcpStream) -> io::Result<String> {
    connection.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn requests_in_flight_are_answered() {
    const REQUESTS: usize = 20;
    let mut server = scenario!("http_server").stdin(Stdio::piped()).start();
    let port: u16 = server.first_line().parse().expect("the port");
    let connect = || TcpStream::connect(("127.0.0.1", port));
    let clients: Vec<_> = (0..REQUESTS)
        .map(|_| connect().expect("the server listens"))
        .map(|connection| thread::spawn(|| ask(connection)))
        .collect();
    server.wait_for(&format!("request {REQUESTS}"));
    server.signal(libc::SIGTERM);
    let sent = Instant::now();
    while connect().is_ok() {
        assert!(sent.elapsed() < LONG, "new connections are accepted");
        thread::yield_now();
    }
    assert!(
        clients.iter().all(|client| !client.is_finished()),
        "the requests are not in flight any more"
    );
    // Closing stdin makes the server answer.
    drop(server.child.stdin.take());
    for client in clients {
        let answer =
            client.join().expect("the client does not panic").expect("the connection holds");
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n")
                && answer.ends_with("\r\n\r\nthe whole answer"),
            "{answer:?}"
        );
    }
    let ended = server.end();
    assert_eq!((ended.code(), ended.stderr.as_str()), (143, ""));
    assert_eq!(ended.lines().last(), Some(&"SIGTERM, Some(143): 20 of 20 answered"));
}
