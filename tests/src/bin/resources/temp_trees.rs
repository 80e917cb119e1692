//! Temporary directories that are hard to remove.

use crate::{OTHER_USER, kept, limit_descriptors, obey_permissions};
use exitmacro::Tracked;
use exitmacro::resource::{self, TempDir, TempOptions, temp_dir_with};
use std::fs::{self, File};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "temp, deep" => deep(),
        "temp, not to be removed" => not_to_be_removed(folder),
        "temp, of another user" => of_another_user(folder),
        "temp, without rights" => without_rights(folder),
        "temp, without descriptors" => without_descriptors(),
        _ => return false,
    }
    true
}

/// Closes it, and returns its error, with `_` in place of the path.
fn closed(dir: Tracked<TempDir>) -> String {
    let path = dir.path().to_owned();
    match Tracked::close(dir) {
        Ok(()) if path.exists() => "it is there".to_owned(),
        Ok(()) => "removed".to_owned(),
        Err(error) => error.to_string().replace(&*path.to_string_lossy(), "_"),
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("it is ours");
}

/// More levels than there are descriptors, left to the exit. Their path is too long for a call.
fn deep() {
    // A busy disk needs a millisecond for each.
    let options = TempOptions::new().timeout(Duration::from_secs(20));
    let dir = kept(temp_dir_with(options).expect("it can be made"));
    println!("{}", dir.path().display());
    let mut directory = File::open(dir.path()).expect("it is there");
    for _ in 0..2_500 {
        let flags = libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: C strings; the descriptor is open, and the new one belongs to nothing else.
        directory = unsafe {
            assert_eq!(libc::mkdirat(directory.as_raw_fd(), c"next".as_ptr(), 0o700), 0);
            let next = libc::openat(directory.as_raw_fd(), c"next".as_ptr(), flags);
            assert!(next >= 0);
            File::from_raw_fd(next)
        };
    }
    limit_descriptors(64);
}

/// A directory in a folder that may not be changed.
fn not_to_be_removed(folder: &Path) {
    set_mode(folder, 0o777);
    obey_permissions();
    let own = folder.join("own");
    let dir =
        match fs::create_dir(&own).and_then(|()| temp_dir_with(TempOptions::new().in_dir(&own))) {
            Ok(dir) => dir,
            Err(error) => return println!("left out: not to be reached: {error}"),
        };
    set_mode(&own, 0o555);
    println!("{}", closed(dir));
    set_mode(&own, 0o755);
}

/// A directory in which another user has a directory with a file.
fn of_another_user(folder: &Path) {
    // SAFETY: no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return println!("left out: this user may not give files away; root may");
    }
    set_mode(folder, 0o777);
    let dir = temp_dir_with(TempOptions::new().in_dir(folder)).expect("it can be made");
    let inner = dir.path().join("one/two");
    fs::create_dir_all(&inner).expect("it is ours");
    fs::write(inner.join("file"), "").expect("it is ours");
    fs::write(dir.path().join("file"), "").expect("it is ours");
    for path in [dir.path(), inner.parent().expect("it has one")] {
        std::os::unix::fs::chown(path, Some(OTHER_USER), None).expect("root may give it away");
    }
    let path = dir.path().to_owned();
    obey_permissions();
    println!("{}", closed(dir));
    println!("{}", path.join("file").exists());
}

/// Directories to which their owner has no rights.
fn without_rights(folder: &Path) {
    set_mode(folder, 0o777);
    obey_permissions();
    let make = |options: TempOptions| temp_dir_with(options.in_dir(folder));
    let new = TempOptions::new;
    let dir = match make(new()) {
        Ok(dir) => dir,
        Err(error) => return println!("left out: not to be reached: {error}"),
    };
    let outside = folder.join("outside");
    fs::create_dir(&outside).expect("the place is free");
    set_mode(&outside, 0o500);
    for mode in [0o555, 0o444, 0o300, 0o100, 0] {
        let inner = dir.path().join(format!("{mode:o}"));
        fs::create_dir_all(inner.join("empty")).expect("it is ours");
        fs::write(inner.join("file"), "").expect("it is ours");
        std::os::unix::fs::symlink(&outside, inner.join("link")).expect("it is ours");
        set_mode(&inner.join("empty"), 0);
        set_mode(&inner, mode);
    }
    println!("read-only and others: {}", closed(dir));
    let mode = fs::metadata(&outside).expect("it is there").permissions().mode();
    println!("the target of a link: {:o}", mode & 0o777);
    let dir = make(new().mode(0o300)).expect("it can be made");
    fs::write(dir.path().join("file"), "").expect("it is ours");
    println!("not to be read: {}", closed(dir));
    // SAFETY: no preconditions.
    unsafe { libc::umask(0o777) };
    println!("without any: {}", closed(make(new()).expect("it can be made")));
}

fn without_descriptors() {
    let [empty, full] = [(); 2].map(|()| resource::temp_dir().expect("it can be made"));
    let path = full.path().to_owned();
    fs::create_dir(path.join("inner")).expect("it is ours");
    limit_descriptors(64);
    let mut all = Vec::new();
    while let Ok(file) = File::open("/") {
        all.push(file);
    }
    println!("empty: {}", closed(empty));
    println!("full: {}", closed(full));
    drop(all);
    fs::remove_dir_all(path).expect("it is ours");
}
