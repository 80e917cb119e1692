//! The removal of a directory with all its contents, however deep.
//!
//! The levels are a list, not calls inside each other, so that the depth costs no stack. Only the
//! deepest levels are open. The others are reached again by `..`, which another process may have
//! changed by a move: what is found there counts only if it is the directory that was left.

use super::entry::{open_below, open_or_remove};
use super::identity::{Identity, identity};
use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::{Errno, Result};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

/// How many levels above the current one are open.
const OPEN_ABOVE: usize = 4;

/// Threads of the program may still write into the directory. More often than this they do not
/// interfere.
const ROUNDS: u32 = 100;

/// How many bytes of a path an error shows.
const SHOWN: usize = 1000;

/// Removes a directory and all its contents, or a file. All entries are tried; the first error is
/// the reason why the directory stays, and names the entry.
pub(super) fn remove(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    let mut removal = Removal { parent, levels: Vec::new(), failure: None };
    removal.enter(name.to_owned(), 0);
    removal.finish()
}

struct Removal<'a> {
    /// The directory that the tree is in.
    parent: BorrowedFd<'a>,
    /// The way to the current directory. The last one is open.
    levels: Vec<Level>,
    failure: Option<io::Error>,
}

struct Level {
    name: CString,
    identity: Identity,
    entries: Option<Dir>,
    /// The names of those that are still to be removed.
    directories: Vec<CString>,
    round: u32,
    /// Whether an entry stays.
    has_failed: bool,
}

impl Removal<'_> {
    fn finish(mut self) -> io::Result<()> {
        while !self.levels.is_empty() {
            self.step();
        }
        self.failure.map_or(Ok(()), Err)
    }

    fn step(&mut self) {
        match self.levels.last_mut().and_then(|level| level.directories.pop()) {
            Some(name) => self.enter(name, 0),
            None => self.leave(),
        }
    }

    fn current(&self) -> Result<BorrowedFd<'_>> {
        match self.levels.last() {
            None => Ok(self.parent),
            Some(level) => level.entries.as_ref().ok_or(Errno::BADF)?.fd(),
        }
    }

    /// Removes the files of that directory in the current one. It is the current one then.
    fn enter(&mut self, name: CString, round: u32) {
        let opened = self.current().and_then(|parent| open_or_remove(parent, &name));
        match opened.and_then(|opened| opened.map(entries_of).transpose()) {
            Ok(None) => {}
            Ok(Some((entries, identity))) => {
                if let Some(above) = self.levels.len().checked_sub(OPEN_ABOVE + 1) {
                    self.levels[above].entries = None;
                }
                self.levels.push(Level {
                    name,
                    identity,
                    entries: None,
                    directories: Vec::new(),
                    round,
                    has_failed: false,
                });
                self.remove_files(entries);
            }
            Err(error) => self.fail(&name, error),
        }
    }

    fn remove_files(&mut self, mut entries: Dir) {
        let mut directories = Vec::new();
        while let Some(entry) = entries.read() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.fail(c"", error);
                    break;
                }
            };
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if matches!(kind(&entry), FileType::Directory | FileType::Unknown) {
                directories.push(name.to_owned());
            } else if let Err(error) =
                entries.fd().and_then(|directory| unlinkat(directory, name, AtFlags::empty()))
            {
                self.fail(name, error);
            }
        }
        if let Some(level) = self.levels.last_mut() {
            level.directories = directories;
            level.entries = Some(entries);
        }
    }

    /// Removes the current directory, which is empty unless an entry stays.
    fn leave(&mut self) {
        let Some(left) = self.levels.pop() else { return };
        if !self.return_from(&left) {
            // What has become of it, the level that is current now finds out by a further round.
            return;
        }
        let removed =
            self.current().and_then(|parent| unlinkat(parent, &left.name, AtFlags::REMOVEDIR));
        match removed {
            // What could not be removed is gone by now.
            Ok(()) | Err(Errno::NOENT) if self.levels.is_empty() => self.failure = None,
            Err(Errno::NOTEMPTY | Errno::EXIST) if left.has_failed => {
                if let Some(level) = self.levels.last_mut() {
                    level.has_failed = true;
                }
            }
            // A file has its name, or it has new entries.
            Err(Errno::NOTDIR | Errno::NOTEMPTY | Errno::EXIST) if left.round < ROUNDS => {
                self.enter(left.name, left.round + 1);
            }
            Err(error) => self.fail(&left.name, error),
            Ok(()) => {}
        }
    }

    /// Opens the current level where it is closed. Whether `left` was in there.
    fn return_from(&mut self, left: &Level) -> bool {
        match self.levels.last_mut() {
            Some(level) if level.entries.is_none() => match above(left, level.identity) {
                Ok(entries) => level.entries = Some(entries),
                Err(_) => return self.find_again(),
            },
            _ => {}
        }
        true
    }

    /// Opens the deepest level that is still where it was, from the top, and forgets those below
    /// it. Whether that is all levels.
    fn find_again(&mut self) -> bool {
        let mut found: Option<Dir> = None;
        for depth in 0..self.levels.len() {
            let level = &self.levels[depth];
            let parent = match &found {
                None => Ok(self.parent),
                Some(entries) => entries.fd(),
            };
            match parent.and_then(|parent| below(parent, level)) {
                Ok(entries) => found = Some(entries),
                Err(error) => {
                    let name = self.levels.drain(depth..).next().map(|level| level.name);
                    if let Some(level) = self.levels.last_mut() {
                        level.entries = found;
                    }
                    self.fail(&name.unwrap_or_default(), error);
                    return false;
                }
            }
        }
        if let Some(level) = self.levels.last_mut() {
            level.entries = found;
        }
        true
    }

    /// Notes that an entry of the current directory stays. One that is gone does not.
    fn fail(&mut self, name: &CStr, error: Errno) {
        if let Some(level) = self.levels.last_mut() {
            if error == Errno::NOENT {
                return;
            }
            level.has_failed = true;
        }
        if self.failure.is_some() {
            return;
        }
        let kind = io::Error::from(error).kind();
        let shown = self.shown(name);
        self.failure = Some(match error {
            Errno::XDEV => {
                io::Error::new(kind, format!("{shown}a mount point, which stays; unmount it"))
            }
            _ if shown.is_empty() => error.into(),
            _ => io::Error::new(kind, format!("{shown}{}", io::Error::from(error))),
        });
    }

    /// The path of an entry from the top of the tree, as an error begins; nothing for the top. The
    /// name is empty for the current directory.
    fn shown(&self, name: &CStr) -> String {
        let Some((_, levels)) = self.levels.split_first() else { return String::new() };
        let names = levels.iter().map(|level| &*level.name).chain([name]).map(CStr::to_bytes);
        let path = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(&b'/');
        if path.is_empty() {
            return String::new();
        }
        match path.len().checked_sub(SHOWN) {
            None | Some(0) => format!("{}: ", String::from_utf8_lossy(&path)),
            Some(start) => format!("…{}: ", String::from_utf8_lossy(&path[start..])),
        }
    }
}

fn entries_of(directory: OwnedFd) -> Result<(Dir, Identity)> {
    let identity = identity(&fstat(&directory)?);
    Ok((Dir::new(directory)?, identity))
}

/// The directory of the level, if it is still in its place.
fn below(parent: BorrowedFd<'_>, level: &Level) -> Result<Dir> {
    match open_below(parent, &level.name).and_then(entries_of) {
        Ok((entries, identity)) if identity == level.identity => Ok(entries),
        // Another file has its name.
        Ok(_) | Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => Err(Errno::NOENT),
        Err(error) => Err(error),
    }
}

/// The directory that the level is in, if it is this one.
fn above(level: &Level, expected: Identity) -> Result<Dir> {
    let directory = level.entries.as_ref().ok_or(Errno::BADF)?.fd()?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let (entries, found) = entries_of(openat(directory, c"..", flags, Mode::empty())?)?;
    if found == expected { Ok(entries) } else { Err(Errno::NOENT) }
}

#[cfg(not(target_os = "illumos"))]
fn kind(entry: &DirEntry) -> FileType {
    entry.file_type()
}

/// A directory of this system does not tell what its entries are.
#[cfg(target_os = "illumos")]
fn kind(_: &DirEntry) -> FileType {
    FileType::Unknown
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
