//! The part for Linux, which shows signals in `/proc`.

use exitmacro::at_exit;
use exitmacro::signals::{self, Signal};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[at_exit]
fn show_in_handler() {
    show(
        "handler",
        &fs::read_to_string("/proc/thread-self/status").expect("the status of this thread"),
    );
    show_children("the handler");
}

pub(crate) fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("nothing") => {}
        Some("signals") => signals::install([Signal::INT, Signal::TERM, Signal::HUP])
            .expect("nothing is handled yet"),
        other => panic!("unknown case: {other:?}"),
    }
    // Until all threads run their own code. libc blocks the signals of a thread that starts.
    while threads().iter().skip(1).any(|(name, _)| *name == threads()[0].0) {
        std::thread::yield_now();
    }
    for (name, status) in threads() {
        show(&name, &status);
    }
    show_children("main");
    println!("ready");
    loop {
        std::thread::park();
    }
}

/// The names of the threads, `main` first, and their status.
fn threads() -> Vec<(String, String)> {
    let read = |path: PathBuf| fs::read_to_string(path).expect("the threads stay");
    let mut folders: Vec<PathBuf> = fs::read_dir("/proc/self/task")
        .expect("the threads of this process")
        .map(|thread| thread.expect("a thread").path())
        .collect();
    // By number: as text, 10000 comes before 9999.
    folders.sort_by_key(|folder| {
        let name = folder.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse::<u32>().ok()).expect("a number")
    });
    folders
        .into_iter()
        .map(|folder| {
            (read(folder.join("comm")).trim_end().to_owned(), read(folder.join("status")))
        })
        .collect()
}

/// A child of std, which clears the mask of blocked signals by itself, and one of C, which inherits
/// it.
fn show_children(of: &str) {
    let child = Command::new("cat").arg("/proc/self/status").output().expect("`cat` runs");
    show(&format!("child of {of}"), &String::from_utf8_lossy(&child.stdout));
    show(&format!("C child of {of}"), &output_of_c_child());
}

fn output_of_c_child() -> String {
    let mut found = [0_u8; 4096];
    // SAFETY: the texts end with a zero, and the buffer has the length that is passed.
    let length = unsafe {
        let output = libc::popen(c"exec cat /proc/self/status".as_ptr(), c"r".as_ptr());
        assert!(!output.is_null(), "`cat` runs");
        let length = libc::fread(found.as_mut_ptr().cast(), 1, found.len(), output);
        libc::pclose(output);
        length
    };
    String::from_utf8_lossy(&found[..length]).into_owned()
}

fn show(whose: &str, status: &str) {
    println!(
        "{whose}: blocked {:?}, ignored {:?}, caught {:?}",
        signals_of(status, "SigBlk:"),
        signals_of(status, "SigIgn:"),
        signals_of(status, "SigCgt:")
    );
}

/// The numbers in one of the sets, without those from 32 on, which are libc's own.
fn signals_of(status: &str, name: &str) -> Vec<u32> {
    let set = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the status has this line")
        .trim();
    let set = u64::from_str_radix(set, 16).expect("a hexadecimal number");
    (1..32).filter(|signal| set & (1 << (signal - 1)) != 0).collect()
}
