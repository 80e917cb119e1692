//! What a service manager is sent, on real datagram sockets as systemd has them.
//! `tests/systemd/run` does the same with systemd itself.

use crate::support::{Scenario, scenario};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// What the handlers of the scenario send themselves.
const HANDLERS: [&str; 2] = ["first handler", "last handler"];

/// A service manager that listens at a path.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("the folder can be made");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("the path is free");
        Self { socket, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    /// What it has received so far.
    fn received(&self) -> Vec<String> {
        received(&self.socket)
    }
}

fn received(socket: &UnixDatagram) -> Vec<String> {
    socket.set_nonblocking(true).expect("sockets can do that");
    let mut buffer = [0; 4096];
    let receive = || {
        socket
            .recv(&mut buffer)
            .ok()
            .map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    };
    std::iter::from_fn(receive).collect()
}

/// The scenario without the socket of the service that the tests may be part of.
fn notifying(arguments: &[&str]) -> Scenario {
    scenario!("notify")
        .env("EXITMACRO_BUDGET", "100s")
        .with(|command| _ = command.args(arguments).env_remove("NOTIFY_SOCKET"))
}

/// Separates from each message the time that it asks for, in seconds.
fn without_times(received: &[String]) -> (Vec<&str>, Vec<f64>) {
    let (mut messages, mut seconds) = (Vec::new(), Vec::new());
    for message in received {
        let time = message
            .strip_prefix("EXTEND_TIMEOUT_USEC=")
            .map(|time| time.parse::<u64>().expect("microseconds are a whole number"));
        messages.push(if time.is_some() { "EXTEND_TIMEOUT_USEC" } else { message });
        seconds.extend(time.map(|microseconds| Duration::from_micros(microseconds).as_secs_f64()));
    }
    (messages, seconds)
}

#[track_caller]
fn assert_received(received: &[String], expected: &[&str]) {
    assert_eq!(without_times(received).0, expected);
}

#[test]
fn the_end_is_announced_before_the_first_handler_on_every_exit_path() {
    for (exit_path, code) in [("return", 0), ("exitmacro exit", 5), ("std exit", 5)] {
        let manager = Manager::new();
        notifying(&[exit_path]).env("NOTIFY_SOCKET", manager.path()).run().assert(
            code,
            "first handler\nlast handler\n",
            "",
        );
        assert_received(
            &manager.received(),
            &["STOPPING=1", "EXTEND_TIMEOUT_USEC", HANDLERS[0], HANDLERS[1]],
        );
    }
}

#[test]
fn the_end_by_a_signal_is_announced_under_each_policy() {
    for (policy, code) in [("exit_code", 143), ("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        let manager = Manager::new();
        let mut service = notifying(&[policy]).env("NOTIFY_SOCKET", manager.path()).start();
        service.wait_for("ready");
        service.signal(libc::SIGTERM);
        assert_eq!(service.end().code(), code, "{policy}");
        assert_received(
            &manager.received(),
            &["READY=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC", HANDLERS[0], HANDLERS[1]],
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_without_a_path_is_notified_too() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    let name = format!("exitmacro/test/{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("the name is short");
    let socket = UnixDatagram::bind_addr(&address).expect("the name is free");
    assert_eq!(notifying(&["return"]).env("NOTIFY_SOCKET", format!("@{name}")).run().code(), 0);
    assert_received(
        &received(&socket),
        &["STOPPING=1", "EXTEND_TIMEOUT_USEC", HANDLERS[0], HANDLERS[1]],
    );
}

#[test]
fn more_time_is_asked_for_before_the_handlers_that_need_it() {
    let manager = Manager::new();
    assert_eq!(
        notifying(&["return", "40", "20", "60"]).env("NOTIFY_SOCKET", manager.path()).run().code(),
        0
    );
    let received = manager.received();
    let of_handler = |timeout: u32| format!("handler with timeout {timeout}");
    let [forty, twenty, sixty] = [40, 20, 60].map(of_handler);
    let asks = "EXTEND_TIMEOUT_USEC";
    // The handler with 20 seconds fits into the time that was asked for before, and so does the
    // last one.
    assert_received(
        &received,
        &["STOPPING=1", asks, HANDLERS[0], asks, &forty, &twenty, asks, &sixty, HANDLERS[1]],
    );
    // The first handler has the default timeout.
    for (seconds, timeout) in without_times(&received).1.into_iter().zip([10.0, 40.0, 60.0]) {
        assert!(
            seconds >= timeout && seconds < timeout + 10.0,
            "{seconds} seconds for a timeout of {timeout}"
        );
    }
}

#[test]
fn no_more_time_is_asked_for_than_the_budget_has() {
    let manager = Manager::new();
    assert_eq!(
        notifying(&["return", "40"])
            .env("NOTIFY_SOCKET", manager.path())
            .env("EXITMACRO_BUDGET", "20s")
            .run()
            .code(),
        0
    );
    let received = manager.received();
    let longest = without_times(&received).1.into_iter().fold(0.0, f64::max);
    assert!((15.0..30.0).contains(&longest), "{received:?}");
}

#[test]
fn a_run_by_hand_does_not_end_the_service() {
    let manager = Manager::new();
    assert_eq!(
        notifying(&["run by hand", "40"]).env("NOTIFY_SOCKET", manager.path()).run().code(),
        0
    );
    assert_received(&manager.received(), &[HANDLERS[0], "handler with timeout 40", HANDLERS[1]]);
}

#[test]
fn a_full_socket_that_is_not_read_does_not_delay_the_end() {
    let manager = Manager::new();
    let filler = UnixDatagram::unbound().expect("there are sockets");
    filler.set_nonblocking(true).expect("sockets can do that");
    let mut sent = 0;
    while filler.send_to(b"full", manager.path()).is_ok() {
        sent += 1;
    }
    // A handler that hangs would need its timeout. The harness notices any other hang.
    let ended = notifying(&["return", "40"]).env("NOTIFY_SOCKET", manager.path()).run();
    ended.assert(0, "first handler\nhandler with timeout 40\nlast handler\n", "");
    assert!(ended.took < Duration::from_secs(10), "{ended:?}");
    assert_eq!(manager.received(), vec!["full"; sent]);
}

#[test]
fn without_a_socket_nothing_is_sent() {
    let manager = Manager::new();
    // In its folder, in case the program tries a name.
    let ended = notifying(&["return"]).current_dir(manager.folder.path()).run();
    ended.assert(0, "first handler\nlast handler\n", "");
    assert_eq!(manager.received(), Vec::<String>::new());
}

#[test]
fn a_socket_that_cannot_be_reached_changes_nothing() {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let in_folder = |name: &str| folder.path().join(name).display().to_string();
    // A socket without a listener, a file, a folder, nothing; then names that are invalid.
    drop(UnixDatagram::bind(in_folder("left")).expect("the path is free"));
    std::fs::write(in_folder("file"), "").expect("the file can be written");
    let names = [
        in_folder("left"),
        in_folder("file"),
        in_folder(""),
        in_folder("absent"),
        "@exitmacro/absent".to_owned(),
        String::new(),
    ];
    for name in names {
        notifying(&["return"]).env("NOTIFY_SOCKET", &name).run().assert(
            0,
            "first handler\nlast handler\n",
            "",
        );
    }
}
