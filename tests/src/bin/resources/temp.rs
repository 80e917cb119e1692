//! Temporary directories and files.

use crate::{kept, limit_descriptors};
use exitmacro::{Tracked, resource};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, _: &Path) -> bool {
    match what {
        "temp" => temp(false),
        "temp, kept on failure" => temp(true),
        "temp, permissions" => {
            // SAFETY: no preconditions.
            unsafe { libc::umask(0) };
            let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode();
            let dir = resource::temp_dir().expect("it can be made");
            let file = resource::temp_file().expect("it can be made");
            println!("{:o} {:o}", mode(dir.path()), mode(file.path()));
        }
        "temp, gone already" => {
            fs::remove_dir_all(kept(resource::temp_dir().expect("it can be made")).path())
                .expect("it is there")
        }
        "temp, written into" => temp_that_is_written_into(),
        "many temporary files" => {
            limit_descriptors(256);
            let files: Vec<_> = (0..2_000)
                .map(|_| resource::temp_file().expect("they share a descriptor"))
                .collect();
            println!("{}", files.len());
        }
        _ => return false,
    }
    true
}

fn temp(keep: bool) {
    let dropped = resource::temp_dir().expect("it can be made");
    let path = dropped.path().to_owned();
    drop(dropped);
    println!("gone after its drop: {}", !path.exists());
    let dir = kept(resource::temp_dir().expect("it can be made"));
    fs::create_dir(dir.path().join("inner")).expect("it is there");
    fs::write(dir.path().join("inner/file"), "text").expect("it is there");
    let file = kept(resource::temp_file().expect("it can be made"));
    fs::File::create(file.path())
        .and_then(|mut file| file.write_all(b"text"))
        .expect("it is there");
    if keep {
        dir.keep_on_failure();
    }
    println!("{}\n{}", dir.path().display(), file.path().display());
}

/// A thread writes into a directory many times, but not for ever, while the directory is removed.
fn temp_that_is_written_into() {
    let mut removed = 0;
    for _ in 0..200 {
        let dir = resource::temp_dir().expect("it can be made");
        let path = dir.path().to_owned();
        let (begin, is_time) = mpsc::channel::<()>();
        let writer = thread::spawn(move || {
            assert!(is_time.recv().is_err());
            // Fewer than the rounds of the removal.
            (0..60).for_each(|number| drop(fs::File::create(path.join(number.to_string()))));
        });
        drop(begin);
        removed += u32::from(Tracked::close(dir).is_ok());
        writer.join().expect("it does not panic");
    }
    println!("{removed} times removed");
}
