//! Closes a SQLite database in WAL mode that lives in a static. The last connection that is closed
//! moves the write-ahead log into the database. If none is closed, the files `orders.db-wal` and
//! `orders.db-shm` are left behind, and a copy of `orders.db` alone lacks what is in them.
//!
//! Output:
//! ```text
//! stored 3 orders
//! files: ["orders.db", "orders.db-shm", "orders.db-wal"]
//! files: ["orders.db"]
//! ```

use exitmacro::{AtExitCell, at_exit, priority};
use rusqlite::{Connection, Error};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

// A connection is `Send`, not `Sync`, so a static needs a lock around it.
static DATABASE: AtExitCell<Mutex<Connection>> =
    AtExitCell::empty().priority(priority::RESOURCES).name("database");

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

// Runs next, when the database is closed, and its folder still exists if it is a temporary one.
#[at_exit(priority = priority::RESOURCES - 1)]
fn list_files() -> std::io::Result<()> {
    let Some(folder) = FOLDER.get() else { return Ok(()) };
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    println!("files: {files:?}");
    Ok(())
}

fn open(file: &Path) -> Result<Mutex<Connection>, Error> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute("CREATE TABLE orders (number INTEGER, text TEXT)", ())?;
    Ok(Mutex::new(connection))
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        FOLDER.get_or_init(|| exitmacro_real_parts::folder().expect("a folder can be made"));
    let database = DATABASE.try_get_or_init(|| open(&folder.join("orders.db")))?;
    let store = |number| {
        database.lock().unwrap().execute("INSERT INTO orders VALUES (?1, 'ink')", [number])
    };
    let stored = (1..=3).map(store).sum::<Result<usize, _>>()?;
    // A guard that still exists at exit would keep the database open.
    drop(database);
    println!("stored {stored} orders");
    list_files()?;
    exitmacro_real_parts::end();
    Ok(())
}
