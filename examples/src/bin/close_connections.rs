//! Closes a pool in three steps, each at its conventional priority: accept no more work, finish the
//! work, close the connections.
//!
//! Output:
//! ```text
//! no more requests
//! finished: order 17
//! closed 2 connections
//! ```

use exitmacro::{at_exit, priority};
use std::sync::{LazyLock, Mutex};

struct Pool {
    is_open: bool,
    connections: Vec<&'static str>,
    requests: Vec<&'static str>,
}

static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(|| {
    Mutex::new(Pool {
        is_open: true,
        connections: vec!["db-1", "db-2"],
        requests: vec!["order 17"],
    })
});

#[at_exit(priority = priority::INTAKE)]
fn stop_accepting() {
    POOL.lock().unwrap().is_open = false;
    println!("no more requests");
}

#[at_exit(priority = priority::WORK, timeout = "5s")]
fn finish_requests() {
    POOL.lock().unwrap().requests.drain(..).for_each(|request| println!("finished: {request}"));
}

#[at_exit(priority = priority::RESOURCES)]
fn close_connections() {
    println!("closed {} connections", POOL.lock().unwrap().connections.drain(..).count());
}

fn main() {
    LazyLock::force(&POOL);
}
