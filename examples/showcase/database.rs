//! The lines, in a database that must be closed: one that was not has to be repaired when it is opened again.

use crate::kept::Kept;
use exitmacro::{at_exit, priority};
use redb::{Builder, Database, DatabaseError, TableDefinition};
use std::cell::Cell;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;

const FILE: &str = "lines.redb";
const LINES: TableDefinition<'_, u64, &str> = TableDefinition::new("lines");

static DATABASE: Kept<Database> = Kept::new();

pub(crate) fn open(folder: &Path) -> Result<(), DatabaseError> {
    DATABASE.keep(Database::create(folder.join(FILE))?);
    Ok(())
}

/// Stores all lines, durably.
pub(crate) fn store(lines: &[&str]) -> Result<(), Box<dyn Error>> {
    let database = DATABASE.lock();
    let transaction = database.as_ref().ok_or("the database is not open")?.begin_write()?;
    let mut table = transaction.open_table(LINES)?;
    for (line, number) in lines.iter().zip(1..) {
        table.insert(number, line)?;
    }
    drop(table);
    Ok(transaction.commit()?)
}

#[at_exit(priority = priority::RESOURCES)]
fn close_database() {
    drop(DATABASE.take_at_exit());
}

/// Opens the database that a child left behind. redb calls back when it was not closed.
pub(crate) fn is_clean(folder: &Path) -> Result<bool, DatabaseError> {
    let clean = Rc::new(Cell::new(true));
    let seen = Rc::clone(&clean);
    Builder::new().set_repair_callback(move |_| seen.set(false)).open(folder.join(FILE))?;
    Ok(clean.get())
}
