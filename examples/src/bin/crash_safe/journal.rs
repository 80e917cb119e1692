//! The store that survives: a write-ahead log, and a checkpoint that is replaced by an atomic
//! rename.
//!
//! An order is appended to the log and synced to the disk, then it is acknowledged. Written bytes
//! survive a crash of the process, synced bytes survive a crash of the machine.
//!
//! When the log is long, all orders are written to a new checkpoint, and the log is truncated. A
//! crash between these two leaves orders in both. So each record of the log has the number of its
//! order, and orders that the checkpoint has are skipped.

use crate::store::Store;
use crate::{disk, record};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const CHECKPOINT: &str = "checkpoint";
const LOG: &str = "log";

/// How many records the log may have.
const LONG: usize = 16;

pub(crate) struct Journal {
    folder: PathBuf,
    orders: Vec<String>,
    /// Positioned at its end.
    log: File,
    log_records: usize,
}

impl Journal {
    /// The recovery: the checkpoint, and after it the orders of the log, up to the first that is
    /// not whole.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let checkpoint = disk::read(&folder.join(CHECKPOINT))?;
        let (mut orders, length) = record::decode_all(&checkpoint);
        if length != checkpoint.len() {
            // A crash cannot cause this.
            return Err(io::Error::new(ErrorKind::InvalidData, "the checkpoint is damaged"));
        }
        let (records, length) = record::decode_all(&disk::read(&folder.join(LOG))?);
        let log_records = records.len();
        orders.extend(new_orders(records, orders.len()));

        let mut log =
            OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOG))?;
        disk::sync_names(folder)?;
        // A torn record was never acknowledged. It is removed, because records behind it could not
        // be read.
        log.set_len(length as u64)?;
        log.seek(SeekFrom::End(0))?;
        log.sync_all()?;
        Ok(Self { folder: folder.to_owned(), orders, log, log_records })
    }

    fn make_checkpoint(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self.orders.iter().flat_map(|order| record::encode(order)).collect();
        disk::replace(&self.folder, CHECKPOINT, &bytes)?;
        // Only now are the orders of the log in the checkpoint.
        self.log.set_len(0)?;
        self.log.rewind()?;
        self.log.sync_all()?;
        self.log_records = 0;
        Ok(())
    }
}

impl Store for Journal {
    fn orders(&self) -> &[String] {
        &self.orders
    }

    fn append(&mut self, order: String) -> io::Result<()> {
        if self.log_records >= LONG {
            self.make_checkpoint()?;
        }
        self.log.write_all(&record::encode(&format!("{} {order}", self.orders.len())))?;
        self.log.sync_data()?;
        self.log_records += 1;
        self.orders.push(order);
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.make_checkpoint()
    }
}

/// The orders of the log without their numbers, from the first that the checkpoint does not have.
fn new_orders(records: Vec<String>, known: usize) -> impl Iterator<Item = String> {
    let numbered = records.into_iter().filter_map(|record| {
        record.split_once(' ').map(|(number, order)| (number.parse::<usize>(), order.to_owned()))
    });
    numbered
        .filter(move |(number, _)| number.as_ref().is_ok_and(|&number| number >= known))
        .map(|(_, order)| order)
}
