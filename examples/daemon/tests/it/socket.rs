//! The file of the socket is gone at exit, and a second start works.

use exitmacro_testing::{Ended, Running, send};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

const SERVICE: &str = env!("CARGO_BIN_EXE_socket_service");

fn start(socket: &Path) -> Running {
    started(Command::new(SERVICE).arg(socket))
}

#[track_caller]
fn started(command: &mut Command) -> Running {
    let mut service = Running::start(command);
    assert_eq!(service.line(), "listening\n");
    service
}

/// Sends a line, and returns the answer.
fn ask(socket: &Path, line: &str) -> String {
    let mut connection = UnixStream::connect(socket).expect("the service listens");
    writeln!(connection, "{line}").expect("the service reads");
    let mut answer = String::new();
    // A process that ends resets the connection.
    _ = connection.read_to_string(&mut answer);
    answer
}

/// One service after the other, in the same place.
#[test]
fn the_file_is_gone_on_every_exit_path() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    for (exit_path, code) in [("return", 0), ("exit", 3), ("panic", 101), ("SIGTERM", 143)] {
        let service = start(&socket);
        assert_eq!(ask(&socket, "order"), "stored order\n");
        if exit_path == "SIGTERM" {
            send(service.id(), libc::SIGTERM);
        } else {
            assert_eq!(ask(&socket, exit_path), "");
        }
        let ended = service.end();
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{exit_path}: {ended:?}");
        if exit_path == "panic" {
            assert!(ended.stderr.contains("out of ink"), "{ended:?}");
            assert!(!ended.stderr.contains("exitmacro: "), "{ended:?}");
        } else {
            assert_eq!(ended.stderr, "", "{exit_path}");
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{exit_path}");
    }
}

#[test]
fn the_file_blocks_the_next_start_without_handlers() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let service = started(Command::new(SERVICE).arg(&socket).env("EXITMACRO_SKIP", "*"));
    ask(&socket, "exit");
    assert_eq!(service.end().code, 3);
    let error = UnixListener::bind(&socket).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[test]
fn the_socket_of_a_killed_process_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let killed = start(&socket);
    send(killed.id(), libc::SIGKILL);
    assert_eq!(killed.end().code, -libc::SIGKILL);
    assert!(socket.exists());

    let service = start(&socket);
    assert_eq!(ask(&socket, "order"), "stored order\n");
    send(service.id(), libc::SIGTERM);
    assert_eq!(service.end(), Ended { code: 143, stdout: String::new(), stderr: String::new() });
    assert!(!socket.exists());
}

#[test]
fn a_second_service_does_not_start_while_the_first_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let first = start(&socket);
    let second = Running::start(Command::new(SERVICE).arg(&socket)).end();
    assert_eq!((second.code, second.stdout.as_str()), (1, ""));
    assert!(second.stderr.contains("AddrInUse"), "{second:?}");

    assert_eq!(ask(&socket, "order"), "stored order\n");
    send(first.id(), libc::SIGTERM);
    assert_eq!(first.end(), Ended { code: 143, stdout: String::new(), stderr: String::new() });
}
