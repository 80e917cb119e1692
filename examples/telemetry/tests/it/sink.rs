//! A server for HTTP that keeps what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// Its threads end with the test program.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
    /// No request is answered while this is locked.
    answers: Arc<Mutex<()>>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let sink = Self { address, bodies: Arc::default(), answers: Arc::default() };
        let (bodies, answers) = (Arc::clone(&sink.bodies), Arc::clone(&sink.answers));
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (bodies, answers) = (Arc::clone(&bodies), Arc::clone(&answers));
                thread::spawn(move || _ = serve(&connection, &bodies, &answers));
            }
        });
        sink
    }

    /// Until the guard is dropped, each client waits for its answer.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.answers.lock().unwrap()
    }

    /// How many of these texts have arrived.
    pub(crate) fn received(&self, texts: &[String]) -> usize {
        let bodies = self.bodies.lock().unwrap().concat();
        let arrived = |text: &&String| bodies.windows(text.len()).any(|at| at == text.as_bytes());
        texts.iter().filter(arrived).count()
    }
}

/// `None` when the client closes the connection.
fn serve(connection: &TcpStream, bodies: &Mutex<Vec<Vec<u8>>>, answers: &Mutex<()>) -> Option<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("content-length: ") {
                length = number.parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        bodies.lock().unwrap().push(body);
        drop(answers.lock().unwrap());
        let mut writer = connection;
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
    }
}
