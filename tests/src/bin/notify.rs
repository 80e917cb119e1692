//! A service that notifies systemd that it is ready, and ends as the first argument names. Any
//! other argument adds a handler with that timeout, which reports itself to the process that
//! listens to the service. `sleeps for` makes the handler take some time.

use exitmacro::{Handler, OnSignal, Signal, at_exit, priority, signals::Signals};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use std::{env, io, thread};

#[cfg(target_os = "linux")]
fn address(name: &str) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    name.strip_prefix('@')
        .map_or_else(|| SocketAddr::from_pathname(name), SocketAddr::from_abstract_name)
}

/// Only Linux has sockets without a path.
#[cfg(not(target_os = "linux"))]
fn address(name: &str) -> io::Result<SocketAddr> {
    SocketAddr::from_pathname(name)
}

/// Sends a message to the process that listens to the service.
fn notify(message: &str) {
    let Some(name) = env::var("NOTIFY_SOCKET").ok() else { return };
    let address = address(&name).expect("the name is short");
    // A service may be forbidden to have one.
    let Ok(socket) = UnixDatagram::unbound() else { return };
    // In some of the tests no process listens, or none reads.
    socket.set_nonblocking(true).expect("sockets can do that");
    _ = socket.send_to_addr(message.as_bytes(), &address);
}

#[at_exit(priority = priority::TERMINAL)]
fn first() {
    notify("first handler");
    println!("first handler");
}

#[at_exit(priority = priority::TELEMETRY)]
fn last() {
    notify("last handler");
    println!("last handler");
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs(text.parse().expect("a number of seconds"))
}

/// A handler with the timeout `10`, or with `10 sleeps for 5` one that takes that long.
fn register(text: &str) {
    let (timeout, sleep) = text.split_once(" sleeps for ").unwrap_or((text, "0"));
    let (name, sleep) = (format!("handler with timeout {timeout}"), seconds(sleep));
    let handler = Handler::new(name.clone()).timeout(seconds(timeout));
    let registered = handler.register(move || {
        notify(&name);
        thread::sleep(sleep);
        println!("{name}");
    });
    registered.expect("the run has not begun");
}

fn handle(on_signal: OnSignal) {
    Signals::new([Signal::TERM])
        .on_signal(on_signal)
        .install()
        .expect("signals are installed once");
    notify("READY=1");
    println!("ready");
    loop {
        thread::park();
    }
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    // The first handler in the arguments runs first.
    arguments[1..].iter().rev().for_each(|text| register(text));
    match arguments[0].as_str() {
        "return" => {}
        "std exit" => std::process::exit(5),
        "exitmacro exit" => exitmacro::exit(5),
        "run by hand" => _ = exitmacro::run(),
        "exit_code" => handle(OnSignal::ExitCode),
        "reraise" => handle(OnSignal::Reraise),
        "exit_zero" => handle(OnSignal::ExitZero),
        other => panic!("unknown exit path: {other}"),
    }
}
