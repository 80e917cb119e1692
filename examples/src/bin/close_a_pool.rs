//! A pool that is closed at the end of its scope, as a context manager does, or at exit, if that
//! comes first. Never twice.
//!
//! Output:
//! ```text
//! 2 connections of reports closed
//! exiting in the middle of a scope
//! 3 connections of orders closed
//! ```
//! Status: 1

use exitmacro::{AtExitCleanup, Tracked, track};

#[derive(AtExitCleanup)]
#[cleanup(with = close, timeout = "5s")]
struct Pool {
    name: &'static str,
    connections: u32,
}

impl Pool {
    fn open(name: &'static str, connections: u32) -> Tracked<Self> {
        track(Self { name, connections })
    }

    fn close(&self) {
        println!("{} connections of {} closed", self.connections, self.name);
    }
}

fn main() {
    {
        let _reports = Pool::open("reports", 2);
    }

    // `exit` runs no destructors, but it closes the pool.
    let _orders = Pool::open("orders", 3);
    println!("exiting in the middle of a scope");
    std::process::exit(1);
}
