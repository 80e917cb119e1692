//! Two fixtures that several tests share: an echo server, and a PostgreSQL server. Each ends when
//! it is dropped.
//!
//! The tests of this package keep them in an [`exitmacro::AtExitCell`], which starts the server for
//! the first test that uses it and drops it when the tests have finished. That needs no test
//! harness and no `main`. A container of testcontainers is kept in the same way.

mod echo;
mod postgres;

pub use echo::EchoServer;
pub use postgres::PostgresServer;
