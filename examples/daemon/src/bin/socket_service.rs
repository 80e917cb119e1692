//! A service on a Unix socket that can be stopped and started again: the file of the socket is
//! removed at exit, on every exit path. A process that is killed leaves its socket behind; the next
//! one takes it over. While a process listens there, a second one fails to start.

use exitmacro::resource;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::{env, process};

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let path = env::args_os().nth(1).unwrap_or_else(|| "service.socket".into());
    let socket = resource::unix_socket(path)?;
    println!("listening");
    for connection in socket.incoming() {
        // A client that sends no text, or does not wait for its answer, does not end the service.
        match connection.and_then(answer) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => eprintln!("a connection failed: {error}"),
        }
    }
    Ok(())
}

/// Answers one line. Some lines end the program.
fn answer(mut connection: UnixStream) -> io::Result<bool> {
    let mut line = String::new();
    BufReader::new(&connection).read_line(&mut line)?;
    match line.trim_end() {
        "return" => return Ok(false),
        "exit" => process::exit(3),
        "panic" => panic!("out of ink"),
        text => writeln!(connection, "stored {text}")?,
    }
    Ok(true)
}
