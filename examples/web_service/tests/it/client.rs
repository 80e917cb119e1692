//! HTTP requests that are sent in parts.

use crate::service::LIMIT;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The status, and the body if there is one; `None` when the service closes the connection before
/// the answer is complete.
pub(crate) type Answer = Option<(u16, String)>;

/// A connection with at most one request in flight.
#[derive(Debug)]
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
        Self(BufReader::new(stream))
    }

    /// Sends a request without its body.
    pub(crate) fn announce(&mut self, path: &str, length: usize) {
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        ));
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("the service reads");
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.head()?;
        let status = head.first()?.split(' ').nth(1)?.parse().ok()?;
        let length = head.iter().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok()
        });
        let mut body = vec![0; length.unwrap_or_default()];
        self.0.read_exact(&mut body).ok()?;
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// The lines before the body.
    fn head(&mut self) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => return Some(lines),
                text => lines.push(text.to_owned()),
            }
        }
    }
}
