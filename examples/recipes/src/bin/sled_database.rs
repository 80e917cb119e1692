//! Closes a sled database that lives in a static. sled collects changes in memory and writes them
//! later, at the latest when the database is dropped. A static is never dropped, so an exit would
//! lose the last changes.
//!
//! The first argument names how the program ends: `return`, `exit`, `panic` or `signal`; the second
//! one is the folder of the database.

use exitmacro::{AtExitCell, priority};
use std::io;
use std::path::PathBuf;

static DATABASE: AtExitCell<sled::Db> =
    AtExitCell::empty().priority(priority::RESOURCES).name("database");

fn folder() -> PathBuf {
    std::env::args_os().nth(2).unwrap_or_else(|| "orders.sled".into()).into()
}

fn store() -> io::Result<()> {
    // By default a thread also writes twice a second, and an exit loses what came after that.
    let config = sled::Config::new().path(folder()).flush_every_ms(None);
    let database = DATABASE.try_get_or_init(|| config.open()).map_err(io::Error::other)?;
    println!("orders: {}", database.len());
    for order in 1..=3_u32 {
        database.insert(order.to_be_bytes(), "ink")?;
    }
    Ok(())
} // No guard is left that would keep the database open at exit.

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    store()?;
    exitmacro_endings::end();
    Ok(())
}
