//! Trees that are deep, and that other processes change.

use super::*;
use rustix::fs::{CWD, mkdirat, open};
use std::fs::{self, File};
use std::path::Path;
use std::thread;

fn folder() -> tempfile::TempDir {
    // Independent of `TMPDIR`, which may name a missing folder.
    tempfile::tempdir_in("/tmp").unwrap()
}

/// Makes directories inside each other, whose path would be too long for a call, each with a file.
fn make_deep(top: &Path, levels: usize) {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    mkdirat(CWD, top, Mode::RWXU).unwrap();
    let mut directory = open(top, flags, Mode::empty()).unwrap();
    for _ in 0..levels {
        mkdirat(&directory, "next", Mode::RWXU).unwrap();
        let file = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        openat(&directory, "file", file, Mode::RUSR).unwrap();
        directory = openat(&directory, "next", flags, Mode::empty()).unwrap();
    }
}

/// Enters the levels of such directories.
fn entered<'a>(folder: &'a File, top: &CStr, levels: usize) -> Removal<'a> {
    let parent = std::os::fd::AsFd::as_fd(folder);
    let mut removal = Removal { parent, levels: Vec::new(), failure: None };
    removal.enter(top.to_owned(), 0);
    while removal.levels.len() < levels {
        removal.step();
    }
    removal
}

#[test]
fn the_depth_costs_neither_stack_nor_descriptors() {
    let folder = folder();
    make_deep(&folder.path().join("top"), 1_500);
    let parent = File::open(folder.path()).unwrap();
    let small = thread::Builder::new().stack_size(64 << 10);
    let removed = small
        .spawn(move || {
            let removal = entered(&parent, c"top", 1_000);
            let open = removal.levels.iter().filter(|level| level.entries.is_some()).count();
            assert_eq!(open, OPEN_ABOVE + 1);
            removal.finish()
        })
        .unwrap();
    removed.join().unwrap().unwrap();
    assert!(!folder.path().join("top").exists());
}

#[test]
fn a_tree_that_moves_is_removed_and_nothing_beside_its_new_place() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    for moved in ["top/next", "top/next/next/next", "top/next/next/next/next/next/next/next"] {
        make_deep(&path("top"), 20);
        fs::create_dir_all(path("other/next")).unwrap();
        fs::write(path("other/file"), "").unwrap();
        let parent = File::open(folder.path()).unwrap();
        let removal = entered(&parent, c"top", 15);
        fs::rename(path(moved), path("other/moved")).unwrap();
        // What has its name now is no way back.
        std::os::unix::fs::symlink(path("other"), path(moved)).unwrap();
        removal.finish().unwrap();
        assert!(!path("top").exists(), "{moved}");
        assert!(path("other/file").exists() && path("other/next").exists(), "{moved}");
        fs::remove_dir_all(path("other")).unwrap();
    }
}

#[test]
fn a_tree_that_is_moved_away_counts_as_gone() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    make_deep(&path("top"), 20);
    let parent = File::open(folder.path()).unwrap();
    let removal = entered(&parent, c"top", 15);
    fs::rename(path("top"), path("moved")).unwrap();
    fs::rename(path("moved/next/next"), path("moved too")).unwrap();
    fs::create_dir(path("top")).unwrap();
    fs::write(path("top/another"), "").unwrap();
    assert_eq!(removal.finish().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(path("top/another").exists() && path("moved/next").exists());
    let gone = remove(std::os::fd::AsFd::as_fd(&parent), c"gone").unwrap_err();
    assert_eq!(gone.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_long_path_is_shown_by_its_end() {
    let folder = folder();
    make_deep(&folder.path().join("top"), 300);
    let parent = File::open(folder.path()).unwrap();
    let mut removal = entered(&parent, c"top", 3);
    removal.fail(c"one", Errno::BUSY);
    let busy = io::Error::from(Errno::BUSY);
    let failure = removal.failure.take().unwrap();
    assert_eq!(
        (failure.to_string(), failure.kind()),
        (format!("next/next/one: {busy}"), busy.kind())
    );
    while removal.levels.len() < 300 {
        removal.step();
    }
    let shown = removal.shown(c"");
    assert!(shown.starts_with('…') && shown.ends_with("next/next: "), "{shown}");
    assert_eq!(shown.len(), "…".len() + SHOWN + ": ".len());
}
