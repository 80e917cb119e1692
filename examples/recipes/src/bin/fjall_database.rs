//! Persists a fjall database that lives in a static. With `manual_journal_persist` writes are fast,
//! because they stay in memory until `persist` is called. An exit without that call loses them.
//!
//! The first argument names how the program ends: `return`, `exit`, `panic` or `signal`; the second
//! one is the folder of the database.

use exitmacro::{AtExitCleanup, Tracked, priority, track};
use fjall::{Config, Keyspace, PartitionCreateOptions, PartitionHandle, PersistMode};
use std::error::Error;
use std::path::PathBuf;

#[derive(AtExitCleanup)]
#[cleanup(with = persist, priority = priority::RESOURCES, name = "database")]
struct Database {
    keyspace: Keyspace,
    orders: PartitionHandle,
}

impl Database {
    fn open(folder: PathBuf) -> Result<Tracked<Self>, fjall::Error> {
        let keyspace = Config::new(folder).open()?;
        let options = PartitionCreateOptions::default().manual_journal_persist(true);
        let orders = keyspace.open_partition("orders", options)?;
        Ok(track(Self { keyspace, orders }))
    }

    fn persist(&self) -> Result<(), fjall::Error> {
        self.keyspace.persist(PersistMode::SyncAll)
    }
}

fn folder() -> PathBuf {
    std::env::args_os().nth(2).unwrap_or_else(|| "orders.fjall".into()).into()
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::open(folder())?;
    println!("orders: {}", database.orders.len()?);
    for order in 1..=3_u32 {
        database.orders.insert(order.to_be_bytes(), "ink")?;
    }
    exitmacro_endings::end();
    Ok(())
}
