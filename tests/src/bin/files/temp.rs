//! What is made with options, and what is removed.

use crate::forked::{fork, wait_for};
use crate::{kept, printable};
use exitmacro::Handler;
use exitmacro::resource::{TempOptions, temp_dir_with, temp_file_with};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Seek, Write, pipe};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "temp" => with_options(folder, TempOptions::new()),
        "temp, kept on failure" => with_options(folder, TempOptions::new().keep_on_failure()),
        "permissions" => permissions(folder),
        "plan" => plan(folder),
        "names of children" => names_of_children(folder, || ()),
        #[cfg(target_os = "linux")]
        "names of children in namespaces" => names_of_children(folder, be_first_of_a_namespace),
        "replaced" => replaced(folder),
        "moved away" => {
            let options = TempOptions::new().in_dir(folder).keep_on_failure();
            let file = kept(temp_file_with(options).expect("it can be made").1);
            fs::rename(file.path(), folder.join("moved")).expect("it is there");
        }
        "temp of a handler that exits" => of_a_handler_that_exits(folder, 0),
        "temp of a handler that fails" => of_a_handler_that_exits(folder, 3),
        "bad options" => bad_options(folder),
        _ => return false,
    }
    true
}

/// A directory with contents, and a file that was written to through its handle.
fn with_options(folder: &Path, options: TempOptions) {
    std::env::set_current_dir(folder).expect("it is there");
    // Relative, so that it is not found by its path later.
    let dir = options.clone().in_dir(".").prefix("dir-").suffix(".d");
    let dir = kept(temp_dir_with(dir).expect("it can be made"));
    fs::create_dir(dir.path().join("inner")).expect("it is there");
    fs::write(dir.path().join("inner/file"), "text").expect("it is there");
    let options = options.in_dir(".").prefix("file-").suffix(".txt");
    let (mut open, file) = temp_file_with(options).expect("it can be made");
    open.write_all(b"text").expect("it is open");
    let mut read = String::new();
    open.rewind().and_then(|()| open.read_to_string(&mut read)).expect("it can be read, too");
    println!(
        "{} {} {read}",
        printable(&dir.path().display(), folder),
        printable(&kept(file).path().display(), folder)
    );
}

fn of_a_handler_that_exits(folder: &Path, code: i32) {
    let options = TempOptions::new().in_dir(folder).keep_on_failure();
    let exits = move || -> Result<(), String> {
        let _file = temp_file_with(options.clone()).expect("it can be made");
        exitmacro::exit(code);
    };
    Handler::new("exits").register(exits).expect("it is not too late");
}

fn permissions(folder: &Path) {
    let set_umask = |mask| {
        // SAFETY: no preconditions.
        unsafe { libc::umask(mask) };
    };
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o7777;
    let options = TempOptions::new().in_dir(folder).mode(0o770);
    for mask in [0, 0o027] {
        set_umask(mask);
        let dir = temp_dir_with(options.clone()).expect("it can be made");
        let (_, file) = temp_file_with(options.clone()).expect("it can be made");
        println!("{:o} {:o}", mode(dir.path()), mode(file.path()));
    }
}

fn plan(folder: &Path) {
    let options = TempOptions::new().in_dir(folder);
    let other = options.clone().priority(250).timeout(Duration::from_secs(7));
    kept(temp_dir_with(options).expect("it can be made"));
    kept(temp_file_with(other).expect("it can be made").1);
    for handler in exitmacro::plan().handlers() {
        println!(
            "{} {} {:?} {}",
            handler.name(),
            handler.priority(),
            handler.timeout(),
            handler.location().file()
        );
    }
}

/// Children of one process make files at the same state of the source of random characters. Each
/// moves its file away, so that its name is free again. No other child may get that name: the file
/// would be removed with the first one.
fn names_of_children(folder: &Path, begin: fn()) {
    let (mut names, name) = pipe().expect("a pipe");
    let options = TempOptions::new().in_dir(folder);
    drop(temp_file_with(options.clone()).expect("it can be made"));
    for _ in 0..4 {
        let Some(child) = fork() else {
            begin();
            let (_, file) = temp_file_with(options).expect("it can be made");
            fs::rename(file.path(), folder.join("moved")).expect("it is there");
            writeln!(&name, "{}", file.path().display()).expect("it is read");
            std::process::exit(0);
        };
        assert_eq!(wait_for(child), 0);
    }
    drop(name);
    let mut text = String::new();
    names.read_to_string(&mut text).expect("it ends");
    println!("{} names", text.lines().collect::<BTreeSet<_>>().len());
}

/// Continues in a process that has the number 1.
#[cfg(target_os = "linux")]
fn be_first_of_a_namespace() {
    crate::namespace::enter_or_leave_out();
    if let Some(child) = fork() {
        std::process::exit(wait_for(child));
    }
    assert_eq!(std::process::id(), 1);
}

/// An editor replaces a file by a new one of the same name.
fn replaced(folder: &Path) {
    let (_, file) = temp_file_with(TempOptions::new().in_dir(folder)).expect("it can be made");
    fs::write(folder.join("new"), "text").expect("it can be written");
    fs::rename(folder.join("new"), file.path()).expect("it is there");
    kept(file);
}

fn bad_options(folder: &Path) {
    let new = || TempOptions::new().in_dir(folder);
    for options in [
        new().prefix("a/b"),
        new().suffix("\0"),
        new().in_dir(""),
        new().mode(0o100_644),
        new().timeout(Duration::ZERO),
        new().in_dir(folder.join("missing")),
    ] {
        let error = temp_file_with(options.clone()).map(|_| ()).expect_err("it is refused");
        let other = temp_dir_with(options).map(|_| ()).expect_err("it is refused");
        assert_eq!(error.kind(), other.kind());
        println!("{:?}: {}", error.kind(), printable(&error, folder));
    }
}
