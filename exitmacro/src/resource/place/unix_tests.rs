//! Places whose directories move, and whose descriptors are closed.

use super::*;
use crate::resource::place::identity_of;
use rustix::io::{FdFlags, fcntl_getfd};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

fn folder() -> tempfile::TempDir {
    // Independent of `TMPDIR`, which may name a missing folder.
    tempfile::tempdir_in("/tmp").unwrap()
}

#[test]
fn a_descriptor_that_is_another_files_by_now_stays_open() {
    let folder = folder();
    let (mut ours, others) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let identity = identity_of(&File::open(folder.path()).unwrap()).unwrap();
    let directory = Directory { descriptor: Some(others.into()), identity };
    assert!(directory.get().is_none());
    drop(directory);
    assert_eq!(ours.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn places_in_one_directory_share_its_descriptor() {
    let (one, other) = (folder(), folder());
    let place =
        |folder: &tempfile::TempDir, name: &str| Place::of(&folder.path().join(name)).unwrap();
    let first = place(&one, "first");
    assert!(Arc::ptr_eq(&first.directory, &place(&one, "second").directory));
    assert!(!Arc::ptr_eq(&first.directory, &place(&other, "first").directory));
}

#[test]
fn a_file_that_is_not_found_may_be_elsewhere_when_its_directory_is_lost() {
    let folder = folder();
    let path = folder.path().join("inner/file");
    let identity = identity_of(&File::open(folder.path()).unwrap()).unwrap();
    let directory = Arc::new(Directory { descriptor: None, identity });
    let lost = Place { absolute: path.clone(), path, directory, name: "file".into() };
    let told = "not found, and the descriptor of its directory was closed";
    assert_eq!(lost.is(identity).unwrap_err().to_string(), told);
    assert_eq!(lost.remove_file().unwrap_err().to_string(), told);
    assert_eq!(lost.lock_directory(Duration::ZERO).err().unwrap().to_string(), told);
    // By its path, if that leads to it.
    fs::create_dir(folder.path().join("inner")).unwrap();
    let file = identity_of(&lost.open_or_create(0o666).unwrap()).unwrap();
    assert!(lost.is(file).unwrap() && !lost.is(identity).unwrap());
    drop(lost.lock_directory(Duration::ZERO).unwrap().unwrap());
    lost.remove_file().unwrap();
}

#[test]
fn a_link_is_not_followed() {
    let folder = folder();
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("file"), "").unwrap();
    symlink(&target, folder.path().join("link")).unwrap();
    symlink(target.join("file"), folder.path().join("link to a file")).unwrap();
    let to_a_file = Place::of(&folder.path().join("link to a file")).unwrap();
    assert!(to_a_file.open_or_create(0o666).is_err());
    assert!(
        !to_a_file.is(identity_of(&File::open(target.join("file")).unwrap()).unwrap()).unwrap()
    );
    Place::of(&folder.path().join("link")).unwrap().remove_tree().unwrap();
    assert!(!folder.path().join("link").exists() && target.join("file").exists());
}

#[test]
fn a_file_is_not_handed_down_to_other_programs() {
    let folder = folder();
    let file = Place::of(&folder.path().join("file")).unwrap().open_or_create(0o666).unwrap();
    assert!(fcntl_getfd(&file).unwrap().contains(FdFlags::CLOEXEC));
}

#[test]
fn a_directory_is_locked_by_one_at_a_time() {
    let folder = folder();
    let place = Place::of(&folder.path().join("file")).unwrap();
    let lock = place.lock_directory(Duration::ZERO).unwrap().expect("it may be read");
    // As a child has it that was forked meanwhile.
    let _shared = lock.0.try_clone().unwrap();
    assert_eq!(
        place.lock_directory(Duration::from_millis(10)).err().unwrap().kind(),
        ErrorKind::TimedOut
    );
    let (waiting, is_waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            drop(waiting);
            assert!(place.lock_directory(Duration::from_secs(100)).unwrap().is_some());
        });
        assert!(is_waiting.recv().is_err());
        thread::sleep(Duration::from_millis(50));
        drop(lock);
    });
}
