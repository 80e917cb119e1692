//! Temporary files and directories with options: what is removed, and what stays.

use super::folder;
use crate::support::{Ended, handler_line, panic_message, panics_abort, scenario, target};
use std::fs;
use tempfile::TempDir;

fn files(what: &str, folder: &TempDir, end: &str) -> Ended {
    scenario!("files").arg(what).arg(folder.path()).arg(end).run()
}

/// The names in the folder, sorted.
fn left(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("it is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a text"))
        .collect();
    names.sort();
    names
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).expect("it is there")
}

/// Each end with its status and what stderr says of it.
fn ends() -> Vec<(&'static str, i32, String)> {
    let panic = panic_message("main", "files/main", "main panics");
    vec![
        ("", 0, String::new()),
        ("exit 0", 0, String::new()),
        ("error", 1, String::new()),
        ("exit 3", 3, String::new()),
        ("exitmacro exit 3", 3, String::new()),
        ("panic", if panics_abort() { -libc::SIGABRT } else { 101 }, panic),
        ("SIGTERM", 143, String::new()),
        ("a child exits", 0, String::new()),
        ("elsewhere", 0, String::new()),
        ("another root", 0, String::new()),
    ]
}

/// The error of `main` is printed behind the lines of the handlers.
fn error_of_main(end: &str) -> &'static str {
    if end == "error" { "Error: \"no luck\"\n" } else { "" }
}

fn made(end: &str) -> String {
    let child = if end == "a child exits" { "3\n" } else { "" };
    format!("_/dir-*.d _/file-*.txt text\n{child}")
}

#[test]
fn what_is_made_with_options_is_removed_at_each_end() {
    for (end, code, stderr) in ends() {
        let folder = folder();
        let ended = files("temp", &folder, end);
        if ended.is_left_out() {
            continue;
        }
        ended.assert(code, &made(end), &format!("{stderr}{}", error_of_main(end)));
        let root: &[&str] = if end == "another root" { &["root"] } else { &[] };
        assert_eq!(left(&folder), root, "{end}");
    }
}

/// Why it is kept at this end: a failure, or a status that is not known.
fn why_kept(end: &str) -> Option<&'static str> {
    match end {
        "exit 0" | "exit 3" if !target().hook_knows_status => Some(
            "because the exit status is not known here; return from `#[exitmacro::main]`, or call \
             `exitmacro::exit`",
        ),
        "error" | "exit 3" | "exitmacro exit 3" | "panic" | "SIGTERM" => {
            Some("because the process failed")
        }
        _ => None,
    }
}

#[test]
fn what_is_kept_on_failure_is_named() {
    for (end, code, stderr) in ends() {
        let folder = folder();
        let ended = files("temp, kept on failure", &folder, end);
        if ended.is_left_out() {
            continue;
        }
        let names = left(&folder);
        let Some(why) = why_kept(end) else {
            assert!(names.iter().all(|name| name == "root"), "{end}: {names:?}");
            ended.assert(0, &made(end), &stderr);
            continue;
        };
        let [dir, file] = names.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            panic!("{end}: {ended:?}")
        };
        let at = folder.path().display();
        let kept = |name| format!("exitmacro: kept {at}/{name} {why}\n");
        let stderr = format!("{stderr}{}{}{}", kept(file), kept(dir), error_of_main(end));
        ended.assert(code, &made(end), &stderr);
        assert_eq!(read(&folder, file), "text");
        assert_eq!(read(&folder, &format!("{dir}/inner/file")), "text");
    }
}

#[test]
fn a_handler_that_fails_is_a_failure() {
    let folder = folder();
    let ended = files("temp, kept on failure", &folder, "a handler fails");
    let names = left(&folder);
    let [dir, file] = &names[..] else { panic!("{ended:?}") };
    let at = folder.path().display();
    let kept = |name| format!("exitmacro: kept {at}/{name} because the process failed\n");
    let failed = handler_line("early", "files/main", "failed after _s: no luck");
    ended.assert_at_any_line(0, &made(""), &format!("{failed}{}{}", kept(file), kept(dir)));
}

#[test]
fn the_status_decides_what_a_handler_that_exits_keeps() {
    let folder = folder();
    files("temp of a handler that exits", &folder, "").assert(0, "", "");
    assert!(left(&folder).is_empty());
    let ended = files("temp of a handler that fails", &folder, "");
    let names = left(&folder);
    let [file] = &names[..] else { panic!("{ended:?}") };
    let at = folder.path().display();
    let kept = format!("exitmacro: kept {at}/{file} because the process failed\n");
    ended.assert(3, "", &kept);
}

#[test]
fn the_umask_is_applied_to_a_mode() {
    files("permissions", &folder(), "").assert(0, "770 770\n750 750\n", "");
}

#[test]
fn a_plan_shows_priority_and_timeout_of_a_removal() {
    let lines = "temporary file 250 7s tests/src/bin/files/temp.rs\n\
                 temporary directory 100 10s tests/src/bin/files/temp.rs\n";
    let folder = folder();
    files("plan", &folder, "").assert(0, lines, "");
    assert!(left(&folder).is_empty());
}

#[test]
fn no_child_makes_a_file_of_the_name_that_another_one_has_used() {
    let folder = folder();
    files("names of children", &folder, "").assert(0, "4 names\n", "");
    assert_eq!(left(&folder), ["moved"]);
}

#[test]
fn children_of_one_number_make_files_of_other_names() {
    let folder = folder();
    let ended = files("names of children in namespaces", &folder, "");
    if !ended.is_left_out() {
        ended.assert(0, "4 names\n", "");
    }
}

#[test]
fn a_file_that_an_editor_has_replaced_is_removed() {
    let folder = folder();
    files("replaced", &folder, "").assert(0, "", "");
    assert!(left(&folder).is_empty());
}

#[test]
fn what_was_moved_away_by_hand_is_not_named_as_kept() {
    let folder = folder();
    files("moved away", &folder, "exit 3").assert(3, "", "");
    assert_eq!(left(&folder), ["moved"]);
}

#[test]
fn an_option_that_cannot_be_is_an_error_that_says_what_to_write() {
    let ended = files("bad options", &folder(), "");
    let part = "write a part of a file name";
    let lines = [
        format!(
            "InvalidInput: the prefix \"a/b\" contains a separator of paths; {part}, and set the \
             folder with `TempOptions::in_dir`"
        ),
        format!("InvalidInput: the suffix \"\\0\" contains NUL; {part} without it"),
        "InvalidInput: the folder is an empty path; write \".\" for the working directory".into(),
        "InvalidInput: the mode 0o100644 has bits that are no permissions; write at most 0o7777, \
         in octal"
            .into(),
        "InvalidInput: the timeout is zero; write a longer one, or leave it out".into(),
        "NotFound: No such file or directory (os error 2) at path \"_/missing/.tmp*\"".into(),
    ];
    ended.assert(0, &format!("{}\n", lines.join("\n")), "");
}

#[test]
fn what_is_persisted_stays_and_nothing_else_is_removed() {
    for (end, code) in [("", 0), ("exit 3", 3), ("SIGTERM", 143)] {
        let folder = folder();
        let ended = files("persist", &folder, end);
        let again = "_/.tmp* was not moved to _/twice: it was moved already";
        ended.assert(code, &format!("false false\n0 handlers\n{again}\n"), "");
        let names = left(&folder);
        let [other, file, dir] = &names[..] else { panic!("{names:?}") };
        assert_eq!((file.as_str(), dir.as_str()), ("final", "final.d"));
        assert_eq!(read(&folder, other), "of another process");
        assert_eq!(
            (read(&folder, file), read(&folder, "final.d/inner")),
            ("new".into(), "new".into())
        );
    }
}

#[test]
fn a_handler_persists_before_the_removal() {
    let folder = folder();
    files("persist in a handler", &folder, "").assert(0, "", "");
    assert_eq!((left(&folder), read(&folder, "final")), (vec!["final".into()], "new".into()));
}

#[test]
fn another_file_system_is_an_error_that_gives_the_file_back() {
    let folder = folder();
    let ended = files("persist far away", &folder, "");
    if ended.is_left_out() {
        return;
    }
    let text = "CrossesDevices: _/.tmp* was not moved to /dev/shm/final: that is on another file \
                system; make it there, with `TempOptions::in_dir`\nnew\n";
    ended.assert(0, text, "");
    assert!(left(&folder).is_empty(), "it is removed at exit");
}

#[test]
fn an_error_of_persist_names_both_paths_and_the_reason() {
    let folder = folder();
    let ended = files("persist, refused", &folder, "");
    let text = "\
InvalidInput: _/.tmp* was not moved to : the path is empty; name the new file
NotFound: _/.tmp* was not moved to _/missing/final: No such file or directory (os error 2)
IsADirectory: _/.tmp* was not moved to _/inner: Is a directory (os error 21)
NotFound: _/.tmp* was not moved to _/final: it is gone, or another file has its name; \
`std::fs::rename` moves any file
NotFound: _/.tmp* was not moved to _/final: it was removed already
Err(InvalidInput)
";
    ended.assert(0, text, "");
    assert!(left(&folder).is_empty());
}

#[test]
fn a_forked_child_persists_nothing_of_its_parents() {
    let folder = folder();
    let text = " was not moved to _/final: it belongs to the parent process; persist it there\n";
    files("persist in a child", &folder, "").assert(0, &format!("{text}true\n"), "");
    assert!(left(&folder).is_empty());
}

#[test]
fn persist_finds_the_file_from_another_directory_and_root() {
    for what in ["persist from another directory", "persist from another root"] {
        let folder = folder();
        let ended = files(what, &folder, "");
        if ended.is_left_out() {
            continue;
        }
        ended.assert(0, "", "");
        assert_eq!(
            (left(&folder), read(&folder, "other/final")),
            (vec!["other".into()], "new".into())
        );
    }
}
