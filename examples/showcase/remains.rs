//! What a child left behind.

use crate::{database, log, pid_file, temp_dir};
use std::error::Error;
use std::path::Path;
use std::process::ExitStatus;

pub(crate) struct Remains {
    pub(crate) database_is_clean: bool,
    pub(crate) log_lines: usize,
    pub(crate) temp_dir_is_gone: bool,
    pub(crate) pid_file_is_gone: bool,
    pub(crate) status: ExitStatus,
}

impl Remains {
    /// Call this when the child has ended.
    pub(crate) fn measure(folder: &Path, status: ExitStatus) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            database_is_clean: database::is_clean(folder)?,
            log_lines: log::count_lines(folder)?,
            temp_dir_is_gone: temp_dir::is_gone(folder)?,
            pid_file_is_gone: pid_file::is_gone(folder)?,
            status,
        })
    }
}
