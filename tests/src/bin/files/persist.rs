//! What is moved to its destination, and stays.

use crate::forked::{fork, wait_for};
use crate::{kept, printable};
use exitmacro::resource::{
    TempDir, TempFile, TempOptions, temp_dir_with, temp_file, temp_file_with,
};
use exitmacro::{Handler, Tracked};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "persist" => persist(folder),
        "persist in a handler" => in_a_handler(folder),
        "persist far away" => far_away(folder),
        "persist, refused" => refused(folder),
        "persist in a child" => in_a_child(folder),
        "persist from another directory" => from_another_directory(folder),
        "persist from another root" => from_another_root(folder),
        _ => return false,
    }
    true
}

fn file(folder: &Path) -> Tracked<TempFile> {
    let options = TempOptions::new().in_dir(folder).keep_on_failure();
    let (mut open, file) = temp_file_with(options).expect("it can be made");
    open.write_all(b"new").expect("it is open");
    file
}

/// In place of a file that is there; other handles do not remove it either, nor what comes to the
/// old place.
fn persist(folder: &Path) {
    let (to, into) = (folder.join("final"), folder.join("final.d"));
    fs::write(&to, "old").expect("it can be written");
    fs::create_dir(&into).expect("the place is free");
    let file = file(folder);
    let dir = temp_dir_with(TempOptions::new().in_dir(folder)).expect("it can be made");
    fs::write(dir.path().join("inner"), "new").expect("it is there");
    let others = (Tracked::clone(&file), Tracked::clone(&dir));
    TempFile::persist(file, to).expect("it is possible");
    TempDir::persist(dir, into).expect("it is possible");
    println!("{} {}", others.0.path().exists(), others.1.path().exists());
    fs::write(others.0.path(), "of another process").expect("the place is free");
    println!("{} handlers", exitmacro::plan().handlers().len());
    let again = TempFile::persist(others.0, folder.join("twice")).expect_err("it is gone");
    println!("{}", printable(&again, folder));
}

/// Before the removal.
fn in_a_handler(folder: &Path) {
    let (file, to) = (file(folder), folder.join("final"));
    Handler::new("persist")
        .priority(200)
        .register(move || TempFile::persist(file, to).expect("it is possible"))
        .expect("it is not too late");
}

fn far_away(folder: &Path) {
    let memory = Path::new("/dev/shm");
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    if device(memory).is_none() || device(memory) == device(folder) {
        return println!("left out: there is no second file system; mount one at /dev/shm");
    }
    let error = TempFile::persist(file(folder), memory.join("final")).expect_err("it is far away");
    println!("{:?}: {}", error.error().kind(), printable(&error, folder));
    let file = error.into_value();
    println!("{}", fs::read_to_string(file.path()).expect("it is still there"));
    kept(file);
}

fn refused(folder: &Path) {
    let told = |error: &exitmacro::resource::PersistError<TempFile>| {
        println!("{:?}: {}", error.error().kind(), printable(error, folder));
    };
    told(&TempFile::persist(file(folder), "").expect_err("no name"));
    told(&TempFile::persist(file(folder), folder.join("missing/final")).expect_err("no folder"));
    fs::create_dir(folder.join("inner")).expect("the place is free");
    told(&TempFile::persist(file(folder), folder.join("inner")).expect_err("a folder"));
    fs::remove_dir(folder.join("inner")).expect("it is empty");
    let replaced = file(folder);
    fs::write(folder.join("other"), "").expect("it can be written");
    fs::rename(folder.join("other"), replaced.path()).expect("it is there");
    told(&TempFile::persist(replaced, folder.join("final")).expect_err("another file"));
    let gone = file(folder);
    let same = Tracked::clone(&gone);
    Tracked::close(gone).expect("it can be removed");
    told(&TempFile::persist(same, folder.join("final")).expect_err("it is removed"));
    fn lost() -> std::io::Result<()> {
        Ok(TempFile::persist(temp_file()?, "")?)
    }
    println!("{:?}", lost().map_err(|error| error.kind()));
}

fn in_a_child(folder: &Path) {
    let file = file(folder);
    let Some(child) = fork() else {
        let error = TempFile::persist(file, folder.join("final")).expect_err("it is the parent's");
        let text = error.to_string();
        println!(
            "{}",
            &text[text.find(" was not").expect("it begins with the path")..]
                .replace(&*folder.to_string_lossy(), "_")
        );
        std::process::exit(0);
    };
    assert_eq!(wait_for(child), 0);
    println!("{}", file.path().exists());
    kept(file);
}

fn from_another_directory(folder: &Path) {
    std::env::set_current_dir(folder).expect("it is there");
    let file = file(Path::new("."));
    fs::create_dir("other").expect("the place is free");
    std::env::set_current_dir("other").expect("it is there");
    TempFile::persist(file, "final").expect("it is possible");
}

fn from_another_root(folder: &Path) {
    let file = file(folder);
    let root = folder.join("other");
    fs::create_dir(&root).expect("the place is free");
    if let Err(error) = std::os::unix::fs::chroot(&root) {
        return println!("left out: this user may not change the root: {error}; root may");
    }
    TempFile::persist(file, "/final").expect("it is possible");
}
