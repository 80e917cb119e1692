//! Values that are closed by an `async fn` take leave of their server, whatever the runtime and the
//! end of the process.

use crate::support::{Running, Scenario, handler_line, panic_message, panics_abort, scenario};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// A server that answers each line of its clients, and keeps what they said.
struct Server {
    address: SocketAddr,
    said: JoinHandle<Vec<String>>,
}

impl Server {
    /// A server for so many clients.
    fn start(clients: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let said = thread::spawn(move || {
            let clients: Vec<_> = (0..clients)
                .map(|_| listener.accept().expect("the program connects").0)
                .map(|client| thread::spawn(|| listen(client)))
                .collect();
            let mut said: Vec<_> =
                clients.into_iter().map(|client| client.join().expect("it reads on")).collect();
            said.sort();
            said
        });
        Self { address, said }
    }
}

/// What the client says, and how the connection ends if the client does not take leave.
fn listen(client: TcpStream) -> String {
    let mut answers = client.try_clone().expect("a descriptor is free");
    let mut said = Vec::new();
    for line in BufReader::new(client).lines() {
        let line = line.unwrap_or_else(|error| format!("{:?}", error.kind()));
        // The program may have ended.
        if line == "quit" {
            _ = answers.shutdown(Shutdown::Write);
        } else {
            _ = answers.write_all(b"ok\n");
        }
        said.push(line);
    }
    said.join(", ")
}

const PROGRAMS: [&str; 5] = [CURRENT_THREAD, "one_worker", "two_workers", "by_hand", "outside"];

/// The program whose runtime is blocked by an exit in `main`.
const CURRENT_THREAD: &str = "current_thread";

fn scenario_of(program: &str) -> Scenario {
    match program {
        CURRENT_THREAD => scenario!("async_values_current_thread"),
        "one_worker" => scenario!("async_values_one_worker"),
        "two_workers" => scenario!("async_values_two_workers"),
        "by_hand" => scenario!("async_values_by_hand"),
        _ => scenario!("async_values_outside"),
    }
}

const SIGNALLED: i32 = 143;

/// The ends, with the status of each.
const ENDS: [(&str, i32); 6] = [
    ("return", 7),
    ("error", 1),
    ("panic", 101),
    ("exitmacro exit", 5),
    ("std exit", 6),
    ("signal", SIGNALLED),
];

/// What the clients of the values say that `holder` has.
fn taking_leave(holder: &str) -> &'static [&'static str] {
    match holder {
        "jobs" => &["hello job, quit"],
        _ => &["hello client, quit", "hello pool, quit", "hello pool, quit"],
    }
}

struct Started {
    running: Running,
    server: Server,
}

impl Started {
    fn new(program: &str, holder: &str, end: &str) -> Self {
        let server = Server::start(taking_leave(holder).len());
        let address = server.address.to_string();
        Self { running: scenario_of(program).arg(&address).arg(holder).arg(end).start(), server }
    }

    #[track_caller]
    fn assert(mut self, code: i32, stdout: &str, stderr: &str, said: &[&str]) {
        if code == SIGNALLED {
            self.running.wait_for("ready");
            self.running.signal(libc::SIGTERM);
        }
        let stdout = format!("{stdout}{}", if code == SIGNALLED { "ready\n" } else { "" });
        self.running.end().assert_at_any_line(code, &stdout, stderr);
        assert_eq!(self.server.said.join().expect("no client panics"), said);
    }
}

/// Compares what all programs leave at every end. `stdout` is what they print before.
#[track_caller]
fn assert_take_leave(holder: &str, stdout: &str) {
    for (end, code) in ENDS {
        if end == "panic" && panics_abort() {
            continue;
        }
        let stderr = match end {
            "error" => "Error: \"no luck\"\n".to_owned(),
            "panic" => panic_message("main", "async_values/body", "main panics"),
            _ => String::new(),
        };
        let started = PROGRAMS.map(|program| (program, Started::new(program, holder, end)));
        for (program, started) in started {
            let is_blocked = program == CURRENT_THREAD && end.ends_with("exit");
            if holder == "jobs" && is_blocked {
                // The job is a task of the runtime whose thread ends the process.
                let late = "timed out after _s: its timeout is _s";
                let line = handler_line("jobs", "async_values/body", late);
                started.assert(code, stdout, &line, &["hello job"]);
            } else {
                started.assert(code, stdout, &stderr, taking_leave(holder));
            }
        }
    }
}

#[test]
fn statics_take_leave() {
    assert_take_leave("static", "");
}

#[test]
fn tracked_values_take_leave() {
    assert_take_leave("kept", "");
}

#[test]
fn values_of_a_scope_that_the_end_leaves_take_leave() {
    assert_take_leave("scope", "");
}

#[test]
fn values_whose_last_handle_was_dropped_a_moment_ago_take_leave() {
    assert_take_leave("dropped", "");
}

#[test]
fn values_that_were_closed_take_leave_once() {
    assert_take_leave("closed", "closed\n");
}

#[test]
fn jobs_of_a_join_set_are_joined_as_long_as_their_runtime_runs_them() {
    assert_take_leave("jobs", "");
}
