//! The lines, in a database that must be closed: otherwise it has to be repaired when it is opened
//! again.

use exitmacro::{AtExitCell, TryInitError, priority};
use redb::{Builder, Database, DatabaseError, TableDefinition};
use std::cell::Cell;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;

const FILE: &str = "lines.redb";
const LINES: TableDefinition<'_, u64, &str> = TableDefinition::new("lines");

/// Dropped at exit, which closes it.
static DATABASE: AtExitCell<Database> =
    AtExitCell::empty().priority(priority::RESOURCES).name("database");

pub(crate) fn open(folder: &Path) -> Result<(), TryInitError<DatabaseError>> {
    DATABASE.try_get_or_init(|| Database::create(folder.join(FILE))).map(drop)
}

/// Stores all lines, durably.
pub(crate) fn store(lines: &[&str]) -> Result<(), Box<dyn Error>> {
    let database = DATABASE.get()?;
    let transaction = database.begin_write()?;
    let mut table = transaction.open_table(LINES)?;
    for (line, number) in lines.iter().zip(1..) {
        table.insert(number, line)?;
    }
    drop(table);
    Ok(transaction.commit()?)
}

/// Opens the database that a child left behind. redb calls a function if it was not closed.
pub(crate) fn is_clean(folder: &Path) -> Result<bool, DatabaseError> {
    let clean = Rc::new(Cell::new(true));
    let seen = Rc::clone(&clean);
    Builder::new().set_repair_callback(move |_| seen.set(false)).open(folder.join(FILE))?;
    Ok(clean.get())
}
