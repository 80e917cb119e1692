//! The program itself: it takes orders, stores each, and acknowledges it.

use crate::at_exit_only::AtExitOnly;
use crate::journal::Journal;
use exitmacro::{at_exit, priority};
use std::error::Error;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub(crate) trait Store: Send {
    fn orders(&self) -> &[String];

    /// When this returns, the order may be acknowledged.
    fn append(&mut self, order: String) -> io::Result<()>;

    /// Called by the exit handler.
    fn close(&mut self) -> io::Result<()>;
}

static STORE: Mutex<Option<Box<dyn Store>>> = Mutex::new(None);

#[at_exit(priority = priority::RESOURCES)]
fn close_store() -> io::Result<()> {
    // The store is taken for good: later orders are not acknowledged.
    let store = STORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    store.map_or(Ok(()), |mut store| store.close())
}

/// Recovers the stored orders.
fn open(kind: &str, folder: &Path) -> Result<Box<dyn Store>, Box<dyn Error>> {
    match kind {
        "journal" => Ok(Box::new(Journal::open(folder)?)),
        "at-exit" => Ok(Box::new(AtExitOnly::open(folder)?)),
        _ => Err("there are two stores: journal and at-exit".into()),
    }
}

pub(crate) fn take_orders(kind: &str, folder: &Path, count: u32) -> Result<(), Box<dyn Error>> {
    let store = open(kind, folder)?;
    let first = store.orders().len() + 1;
    *STORE.lock().unwrap() = Some(store);
    for number in (first..).take(count as usize) {
        let order = format!("order {number}");
        match STORE.lock().unwrap().as_mut() {
            Some(store) => store.append(order.clone())?,
            None => break,
        }
        // The acknowledgement. Not `println!`, which panics without a reader.
        writeln!(io::stdout(), "{order}")?;
    }
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

pub(crate) fn print_orders(kind: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let store = open(kind, folder)?;
    store.orders().iter().try_for_each(|order| writeln!(io::stdout(), "{order}"))?;
    Ok(())
}
