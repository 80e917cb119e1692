//! `actix_service`: the clients send the bodies of their requests when the service has been told to
//! end.

use crate::service::{Service, WITHOUT, ended};
use exitmacro_testing::Ended;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

const SERVICE: &str = env!("CARGO_BIN_EXE_actix_service");

fn command() -> Command {
    Command::new(SERVICE)
}

/// Three requests whose bodies are missing.
fn requests(service: &mut Service) -> Vec<TcpStream> {
    let requests: Vec<_> = (0..3)
        .map(|_| {
            let mut connection = TcpStream::connect(service.address).expect("the service listens");
            connection
                .write_all(
                    b"POST /orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                      Content-Length: 5\r\n\r\n",
                )
                .expect("the service reads");
            connection
        })
        .collect();
    for _ in 0..3 {
        assert_eq!(service.line(), "order begun");
    }
    requests
}

fn answers_requests_in_flight(signal: i32) {
    let mut service = Service::start(&mut command());
    let requests = requests(&mut service);
    service.send(signal);
    service.wait_until_refused();
    for mut request in requests {
        request.write_all(b"paper").expect("the service reads");
        let mut answer = String::new();
        request.read_to_string(&mut answer).expect("the service answers");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nstored paper"), "{answer}");
    }
    assert_eq!(service.end(), ended(128 + signal, "drained\n"));
}

#[test]
fn actix_answers_requests_in_flight_at_sigterm() {
    answers_requests_in_flight(libc::SIGTERM);
}

/// At SIGINT actix itself would not wait for the answers.
#[test]
fn actix_answers_requests_in_flight_at_sigint() {
    answers_requests_in_flight(libc::SIGINT);
}

#[test]
fn actix_answers_nothing_without_handlers() {
    let mut service = Service::start(command().env(WITHOUT.0, WITHOUT.1));
    let requests = requests(&mut service);
    service.send(libc::SIGTERM);
    let Ended { code, stdout, stderr } = service.end();
    assert_eq!((code, stdout.as_str()), (143, ""));
    assert!(stderr.ends_with(" skipped: EXITMACRO_SKIP matches it\n"), "{stderr}");
    for mut request in requests {
        let mut answer = String::new();
        // The end of the process closes or resets the connection.
        _ = request.read_to_string(&mut answer);
        assert_eq!(answer, "");
    }
}
