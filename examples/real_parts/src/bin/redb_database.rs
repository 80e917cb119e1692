//! Closes a database that lives in a static. Nothing else would drop it, and a redb database that
//! was not dropped must be repaired when it is opened again.
//!
//! Output:
//! ```text
//! stored 3 orders
//! database closed
//! ```

use exitmacro::{AtExitCell, CellError, at_exit, priority};
use redb::{Database, TableDefinition};
use std::error::Error;

const ORDERS: TableDefinition<u64, &str> = TableDefinition::new("orders");

static DATABASE: AtExitCell<Database> =
    AtExitCell::empty().priority(priority::RESOURCES).name("database");

// Runs next, and sees that the cell is closed.
#[at_exit(priority = priority::RESOURCES - 1)]
fn say_so() {
    if matches!(DATABASE.get(), Err(CellError::Closed)) {
        println!("database closed");
    }
}

fn store(number: u64, text: &str) -> Result<(), Box<dyn Error>> {
    let database = DATABASE.get()?;
    let transaction = database.begin_write()?;
    transaction.open_table(ORDERS)?.insert(number, text)?;
    transaction.commit()?;
    Ok(())
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let path = exitmacro_real_parts::folder()?.join("orders.redb");
    drop(DATABASE.try_get_or_init(|| Database::create(path))?);
    (1..=3).try_for_each(|number| store(number, "ink"))?;
    println!("stored 3 orders");
    exitmacro_real_parts::end();
    Ok(())
}
