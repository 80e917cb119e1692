//! Two fixtures that several tests share: a server of our own, and a PostgreSQL server. Either ends
//! when it is dropped.
//!
//! The tests of this package keep them in an [`exitmacro::AtExitCell`], which starts the server for
//! the first test that asks and drops it when the tests have ended. That needs no test harness and
//! no `main`.

mod echo;
mod postgres;

pub use echo::EchoServer;
pub use postgres::PostgresServer;
