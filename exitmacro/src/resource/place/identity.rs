//! Which file it is, whatever its name.

use rustix::fs::{Stat, fstat};
use std::fs::File;
use std::io;

/// Distinguishes files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: i128,
    inode: i128,
}

pub(super) fn identity(stat: &Stat) -> Identity {
    Identity { device: i128::from(stat.st_dev), inode: i128::from(stat.st_ino) }
}

pub(crate) fn identity_of(file: &File) -> io::Result<Identity> {
    Ok(identity(&fstat(file)?))
}
