//! Closes a pool of PostgreSQL connections. If a process ends without that, the server logs an
//! "unexpected EOF on client connection" for each, and keeps their sessions until it notices.
//!
//! The environment variable `DATABASE_URL` names the server.
//!
//! Output:
//! ```text
//! answers: [10, 20, 30]
//! pool of 3 connections closed
//! ```

use exitmacro::{AtExitCleanup, priority, track};
use postgres::{Client, Error, NoTls};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = forget)]
#[cleanup(priority = priority::RESOURCES, timeout = "5s", name = "pool")]
struct Pool {
    idle: Mutex<Vec<Client>>,
}

impl Pool {
    fn connect(url: &str, size: usize) -> Result<Self, Error> {
        let clients = (0..size).map(|_| Client::connect(url, NoTls)).collect::<Result<_, _>>()?;
        Ok(Self { idle: Mutex::new(clients) })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Client>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the message that ends a connection, on each.
    fn close(&self) -> Result<(), Error> {
        let clients = std::mem::take(&mut *self.idle());
        let count = clients.len();
        let closed: Vec<_> = clients.into_iter().map(Client::close).collect();
        println!("pool of {count} connections closed");
        closed.into_iter().collect()
    }

    /// In a forked child the connections belong to the parent. Dropping a client would end one of
    /// them.
    fn forget(&self) {
        if let Ok(mut idle) = self.idle.try_lock() {
            idle.drain(..).for_each(std::mem::forget);
        }
    }
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;
    let pool = track(Pool::connect(&url, 3)?);

    let ask = |(client, number): (&mut Client, i32)| {
        client.query_one("SELECT $1::int4 * 10", &[&number]).map(|row| row.get(0))
    };
    let answers: Vec<i32> = pool.idle().iter_mut().zip(1..).map(ask).collect::<Result<_, _>>()?;
    println!("answers: {answers:?}");
    exitmacro_real_parts::end();
    Ok(())
}
