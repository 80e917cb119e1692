//! Answers every line with the same line, and does not care whether those who started it are still
//! there.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Result, Write};
use std::net::{TcpListener, TcpStream};

/// Where the test that checks that the servers end can find them.
fn note_process_id() -> Result<()> {
    let Some(file) = std::env::var_os("ECHO_SERVER_IDS") else { return Ok(()) };
    // In one piece, for several servers may do so at a time.
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
        // One that asks nothing is none of our business.
        _ = stream.and_then(answer);
    }
    Ok(())
}
