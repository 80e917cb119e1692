//! `EXITMACRO_TRACE`: what it writes, at which ends, and what it says where it cannot.

use crate::support::{Ended, Scenario, panics_abort, scenario};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FAILED: &str = "exitmacro: handler `pictured::closes` (tests/src/bin/pictured.rs:_) failed \
                      after _s: disk full\n";

fn folder() -> TempDir {
    tempfile::tempdir().expect("the folder can be made")
}

/// The scenario program, which ends in that way and writes to that file.
fn scenario(way: &str, file: impl AsRef<OsStr>) -> Scenario {
    scenario!("pictured").arg(way).env("EXITMACRO_TRACE", file)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("the picture was written, in UTF-8")
}

/// What a picture in SVG says: the title, and the line below it without times.
#[track_caller]
fn header(file: &Path) -> (String, String) {
    let svg = read(file);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    let text_of = |class: &str| {
        let (_, rest) =
            svg.split_once(&format!("<text class=\"{class}\"")).expect("it has a header");
        rest.split(['>', '<']).nth(1).expect("it has a text").to_owned()
    };
    let summary = text_of("sans h2");
    (text_of("sans h1"), summary.split(" · ").next().unwrap_or_default().to_owned())
}

#[track_caller]
fn assert_header(file: &Path, title: &str, totals: &str) {
    assert_eq!(header(file), (title.to_owned(), totals.to_owned()));
}

/// Stderr, with lines in files left out as well.
fn stderr(ended: &Ended) -> String {
    crate::support::without_line_numbers(&crate::support::normalized(&ended.stderr))
}

#[test]
fn a_picture_is_written_at_each_way_out() {
    let ways =
        [("return", 0, "at the return from main, status 0"), ("exit", 3, "at exit, status 3")];
    for (way, code, title) in ways {
        let folder = folder();
        let file = folder.path().join("shutdown.svg");
        scenario(way, &file).run().assert(code, "", "");
        assert_header(
            &file,
            &format!("Exit handlers {title}"),
            "3 handlers: 2 completed, 1 skipped",
        );
        assert!(read(&file).contains(">pictured::drains</text>"));
    }
}

#[test]
fn a_signal_is_in_the_picture() {
    let folder = folder();
    let file = folder.path().join("shutdown.svg");
    let mut running = scenario("signal", &file).start();
    running.wait_for("ready");
    running.signal(libc::SIGTERM);
    running.end().assert(143, "ready\n", "");
    assert_header(&file, "Exit handlers after SIGTERM, status 143", "3 handlers: 3 completed");
}

#[test]
fn a_run_by_hand_has_a_picture() {
    let folder = folder();
    let file = folder.path().join("shutdown.svg");
    let ended = scenario("by hand", &file).run();
    ended.assert(0, "3 handlers: 2 completed, 1 skipped\n", "");
    assert_header(&file, "Exit handlers in a run by hand", "3 handlers: 2 completed, 1 skipped");
}

#[test]
fn a_failure_and_a_used_up_budget_are_in_the_picture() {
    let folder = folder();
    let file = folder.path().join("shutdown.svg");
    let ended = scenario("fails", &file).run();
    assert_eq!((ended.code(), stderr(&ended).as_str()), (0, FAILED));
    assert!(read(&file).contains(">failed: disk full</text>"));

    let ended = scenario("stuck", &file).env("EXITMACRO_BUDGET", "400ms").run();
    assert_eq!(ended.code(), 0, "{ended:?}");
    let svg = read(&file);
    assert!(svg.contains(">timed out</text>") && svg.contains(">budget 400ms</text>"), "{svg}");
}

#[test]
fn the_ending_json_asks_for_a_trace() {
    let folder = folder();
    let file = folder.path().join("shutdown.json");
    scenario("return", &file).run().assert(0, "", "");
    let trace = read(&file);
    assert!(trace.starts_with("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"reason\":\"return\""));
    assert!(trace.ends_with("]}\n"));
    for what in ["\"thread_name\"", "\"name\":\"pictured::drains\"", "\"ph\":\"s\"", "\"status\":0"]
    {
        assert!(trace.contains(what), "{what}: {trace}");
    }
}

#[test]
fn an_earlier_file_is_replaced() {
    let folder = folder();
    let file = folder.path().join("shutdown.svg");
    fs::write(&file, "x".repeat(100_000)).expect("the file can be written");
    scenario("return", &file).run().assert(0, "", "");
    header(&file);
}

#[test]
fn a_relative_path_counts_from_the_working_directory() {
    let folder = folder();
    scenario("return", "a.svg")
        .with(|command| _ = command.current_dir(folder.path()))
        .run()
        .assert(0, "", "");
    header(&folder.path().join("a.svg"));
}

#[test]
fn a_child_writes_only_what_it_runs_itself() {
    let folder = folder();
    let ended = scenario("forks", folder.path().join("%p.svg")).run();
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
    let file = |what: &str| -> PathBuf {
        let line = ended.lines().into_iter().find_map(|line| line.strip_prefix(what));
        folder.path().join(format!("{}.svg", line.expect("the program says it").trim()))
    };
    let totals = |what: &str| header(&file(what)).1;
    assert_eq!(totals("child with a handler"), "1 handler: 1 completed");
    assert_eq!(totals("parent"), "3 handlers: 2 completed, 1 skipped");
    assert!(!file("child without a handler").exists());
}

#[test]
fn a_file_that_cannot_be_written_is_one_line() {
    let folder = folder();
    let missing = folder.path().join("missing/a.svg");
    let (target, link) = (folder.path().join("target.svg"), folder.path().join("link.svg"));
    symlink(&target, &link).expect("a link can be made");
    let cases = [
        (missing, "No such file or directory (os error 2)"),
        (link, "it is a symbolic link, which is not followed"),
    ];
    for (file, why) in cases {
        let expected = format!(
            "exitmacro: EXITMACRO_TRACE: {} cannot be written: {why}; \
             name a file that this user may write\n",
            file.display()
        );
        scenario("return", &file).run().assert(0, "", &expected);
    }
    assert!(!target.exists());
}

#[test]
fn a_full_disk_is_one_line() {
    let folder = folder();
    let file = folder.path().join("a.svg");
    let limited = scenario("return", &file).with(|command| {
        use std::os::unix::process::CommandExt;
        // SAFETY: the two calls are allowed between fork and exec.
        unsafe {
            command.pre_exec(|| {
                let limit = libc::rlimit { rlim_cur: 100, rlim_max: 100 };
                libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                match libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) {
                    0 => Ok(()),
                    _ => Err(std::io::Error::last_os_error()),
                }
            });
        }
    });
    let expected = format!(
        "exitmacro: EXITMACRO_TRACE: {} cannot be written: File too large (os error 27); \
         name a file that this user may write\n",
        file.display()
    );
    limited.run().assert(0, "", &expected);
}

#[test]
fn a_pipe_without_a_reader_does_not_hold_up_the_end() {
    let folder = folder();
    let file = folder.path().join("a.svg");
    let path = std::ffi::CString::new(file.as_os_str().as_bytes()).expect("a path has no zero");
    // SAFETY: the path is a C string.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let ended = scenario("return", &file).run();
    assert_eq!(ended.code(), 0);
    assert!(ended.stderr.contains("cannot be written: No such device or address"), "{ended:?}");
}

#[test]
fn another_ending_is_one_line() {
    for value in ["shutdown.png", "shutdown"] {
        let expected = format!(
            "exitmacro: EXITMACRO_TRACE is \"{value}\" and is ignored; \
             expected the path of a file, in UTF-8, that ends in `.svg` or `.json`\n"
        );
        scenario("return", value).run().assert(0, "", &expected);
    }
    let folder = folder();
    let file = OsStr::from_bytes(b"\xff.svg");
    let ended =
        scenario("return", file).with(|command| _ = command.current_dir(folder.path())).run();
    assert!(ended.stderr.starts_with("exitmacro: EXITMACRO_TRACE is "), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("it is a folder").count(), 0);
}

#[test]
fn an_empty_value_asks_for_nothing() {
    scenario("return", "").run().assert(0, "", "");
}

#[test]
fn receivers_that_hang_do_not_keep_the_picture_from_being_written() {
    let folder = folder();
    let file = folder.path().join("a.svg");
    let ended = scenario!("reported").arg("hangs").arg("exits").env("EXITMACRO_TRACE", &file).run();
    assert_eq!(ended.code(), 3);
    assert!(ended.stderr.contains("the receivers of the report did not return within 1s"));
    assert_header(&file, "Exit handlers at exit, status 3", "4 handlers: 3 completed, 1 failed");
}

#[test]
fn a_panic_that_aborts_has_a_picture() {
    if !panics_abort() {
        return;
    }
    let folder = folder();
    let file = folder.path().join("a.svg");
    let ended = scenario("panics", &file).run();
    assert_eq!(ended.code(), -libc::SIGABRT);
    assert_header(
        &file,
        "Exit handlers after a panic, status 134",
        "3 handlers: 2 completed, 1 skipped",
    );
}
