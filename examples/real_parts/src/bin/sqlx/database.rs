//! The pool, and how the programs end.

use exitmacro::signals::{self, Signal};
use exitmacro::{AtExitCleanup, at_exit};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Error, PgPool};
use std::sync::OnceLock;
use tokio::sync::Barrier;
use tokio::task::yield_now;

/// Awaits the message that ends a connection, on each.
#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Database(PgPool);

impl Database {
    async fn close(&self) {
        let count = self.0.size();
        self.0.close().await;
        println!("pool of {count} connections closed");
    }
}

#[at_exit(name = "pool", timeout = "5s")]
static DATABASE: OnceLock<Database> = OnceLock::new();

/// Opens the pool, and uses its three connections at once.
pub(crate) async fn open() -> Result<(), Error> {
    signals::install([Signal::TERM]).expect("nothing is installed yet");
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
    let pool = PgPoolOptions::new().max_connections(3).connect(&url).await?;
    let all = Barrier::new(3);
    let ask = async |number: i32| {
        let mut connection = pool.acquire().await?;
        all.wait().await;
        sqlx::query_scalar("SELECT $1::int4 * 10").bind(number).fetch_one(&mut *connection).await
    };
    let answers: (i32, i32, i32) = tokio::try_join!(ask(1), ask(2), ask(3))?;
    println!("answers: {answers:?}");
    // The tasks of the runtime give them back. An exit in the only thread of a runtime stops them.
    while pool.num_idle() < 3 {
        yield_now().await;
    }
    DATABASE.get_or_init(|| Database(pool));
    Ok(())
}
