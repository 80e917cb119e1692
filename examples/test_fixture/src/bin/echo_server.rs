//! Answers every line with the same line, and survives the process that started it.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Result, Write};
use std::net::{TcpListener, TcpStream};

/// The file in which the test of the fixture finds the servers.
fn note_process_id() -> Result<()> {
    let Some(file) = std::env::var_os("ECHO_SERVER_IDS") else { return Ok(()) };
    // In one write, because several servers may do so concurrently.
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)?
        .write_all(format!("{}\n", std::process::id()).as_bytes())
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    stream.write_all(line.as_bytes())
}

fn main() -> Result<()> {
    note_process_id()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        // A client that sends nothing does not matter.
        _ = stream.and_then(answer);
    }
    Ok(())
}
