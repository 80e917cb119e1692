//! The store that does not survive: orders in memory, saved at exit, and as safely as possible.

use crate::store::Store;
use crate::{disk, record};
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "orders";

pub(crate) struct AtExitOnly {
    folder: PathBuf,
    orders: Vec<String>,
}

impl AtExitOnly {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let (orders, _) = record::decode_all(&disk::read(&folder.join(FILE))?);
        Ok(Self { folder: folder.to_owned(), orders })
    }
}

impl Store for AtExitOnly {
    fn orders(&self) -> &[String] {
        &self.orders
    }

    fn append(&mut self, order: String) -> io::Result<()> {
        self.orders.push(order);
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self.orders.iter().flat_map(|order| record::encode(order)).collect();
        disk::replace(&self.folder, FILE, &bytes)
    }
}
