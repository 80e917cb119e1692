//! Tests that share a server, as they share a container of testcontainers. It starts for the first
//! test that needs it, and is stopped when they have finished: all passed, one failed, one called
//! `process::exit`, or the user pressed Ctrl-C.
//!
//! The server is a process here. A handle of a container ends its container when it drops, which it
//! never does in a `OnceLock` or `LazyLock`. An `AtExitCell` drops what it holds.

use exitmacro::AtExitCell;
use exitmacro_test_fixture::EchoServer;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

exitmacro_testing::isolate!(files);

// For Ctrl-C.
exitmacro::config! { signals = [INT, TERM] }

static SERVER: AtExitCell<EchoServer> = AtExitCell::new(start).name("echo server");

fn start() -> EchoServer {
    EchoServer::start(Path::new(env!("CARGO_BIN_EXE_echo_server"))).expect("the server starts")
}

/// A test keeps the address, not the guard: the server would wait for a guard that a test still has
/// when the user presses Ctrl-C.
fn address() -> SocketAddr {
    SERVER.with(EchoServer::address).expect("the tests have not ended")
}

/// What the test of these tests lets them do.
fn is_asked_to(what: &str) -> bool {
    std::env::var("ECHO_TESTS").is_ok_and(|wanted| wanted == what)
}

#[test]
fn a_word_comes_back() {
    assert_eq!(EchoServer::ask(address(), "ink").unwrap(), "ink");
}

#[test]
fn a_sentence_comes_back() {
    let wanted = if is_asked_to("fail") { "something else" } else { "out of ink" };
    assert_eq!(EchoServer::ask(address(), "out of ink").unwrap(), wanted);
}

#[test]
fn an_empty_line_comes_back() {
    assert_eq!(EchoServer::ask(address(), "").unwrap(), "");
    if is_asked_to("exit") {
        std::process::exit(3);
    }
    if is_asked_to("wait") {
        // Not by `print!` or `eprint!`, whose output the test harness captures.
        writeln!(io::stderr(), "waiting for a signal").unwrap();
        loop {
            std::thread::park();
        }
    }
}
