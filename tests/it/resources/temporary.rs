//! Temporary directories and files.

use super::{folder, resources};
use crate::support::{scenario, target};
use std::fs;
use std::path::Path;

#[test]
fn temporary_directories_and_files_are_removed() {
    let ended = resources("temp", &folder());
    let [gone, paths @ ..] = &ended.lines()[..] else { panic!("{ended:?}") };
    assert_eq!(
        (ended.code(), *gone, paths.len(), ended.stderr.as_str()),
        (0, "gone after its drop: true", 2, "")
    );
    assert!(paths.iter().all(|path| !Path::new(path).exists()), "{ended:?}");
}

#[test]
fn a_temporary_directory_is_kept_on_failure_where_that_was_asked_for() {
    let ended =
        scenario!("resources").arg("temp, kept on failure").arg(folder().path()).arg("3").run();
    let [_, dir, file] = ended.lines()[..] else { panic!("{ended:?}") };
    let why = if target().hook_knows_status {
        "the process failed"
    } else {
        "the exit status is not known here; return from `#[exitmacro::main]`, or call \
         `exitmacro::exit`"
    };
    let kept = format!("exitmacro: kept {dir} because {why}\n");
    assert_eq!((ended.code(), ended.stderr.as_str()), (3, kept.as_str()));
    assert!(Path::new(dir).join("inner/file").exists() && !Path::new(file).exists());
    fs::remove_dir_all(dir).expect("it is there");
    let ended = resources("temp, kept on failure", &folder());
    if !target().hook_knows_status {
        return fs::remove_dir_all(ended.lines()[1]).expect("it is kept as well");
    }
    assert!(!Path::new(ended.lines()[1]).exists() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn only_the_user_has_access() {
    resources("temp, permissions", &folder()).assert(0, "40700 100600\n", "");
}

#[test]
fn a_directory_that_is_gone_already_is_no_failure() {
    resources("temp, gone already", &folder()).assert(0, "", "");
}

#[test]
fn a_directory_that_stays_says_why() {
    let folder = folder();
    let ended = resources("temp, not to be removed", &folder);
    if !ended.stdout.starts_with("left out: ") {
        ended.assert(0, "_ was not removed: Permission denied (os error 13)\n", "");
    }
}

#[test]
fn an_error_names_the_entry_that_stays_and_the_others_are_removed() {
    let ended = resources("temp, of another user", &folder());
    if !ended.is_left_out() {
        let entry = "one/two/file: Permission denied (os error 13)";
        ended.assert(0, &format!("_ was not removed: {entry}\nfalse\n"), "");
    }
}

#[test]
fn a_directory_deeper_than_the_stack_and_the_descriptors_is_removed() {
    let ended = resources("temp, deep", &folder());
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    assert!(!Path::new(ended.lines()[0]).exists(), "{ended:?}");
}

#[test]
fn a_directory_without_rights_for_its_owner_is_removed() {
    let ended = resources("temp, without rights", &folder());
    if !ended.stdout.starts_with("left out: ") {
        let told = "read-only and others: removed\nthe target of a link: 500\n\
                    not to be read: removed\nwithout any: removed\n";
        ended.assert(0, told, "");
    }
}

#[test]
fn an_empty_directory_is_removed_without_a_descriptor() {
    let ended = resources("temp, without descriptors", &folder());
    let told = ended.lines();
    assert_eq!((ended.code(), told.len(), told[0]), (0, 2, "empty: removed"), "{ended:?}");
    // Each libc has words of its own for it.
    assert!(told[1].starts_with("full: _ was not removed: "), "{ended:?}");
    assert!(told[1].ends_with(" (os error 24)"), "{ended:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_mounted_inside_stays() {
    for kernel in ["", ", before Linux 5.6", ", openat2 refused"] {
        let ended = resources(&format!("temp, with mounts{kernel}"), &folder());
        if ended.is_left_out() {
            continue;
        }
        let told: String = ["bound", "file system"]
            .map(|name| {
                format!(
                    "_ was not removed: one/{name}: a mount point, which stays; unmount it\n\
                     [true, true, false]\n"
                )
            })
            .concat();
        ended.assert(0, &told, "");
    }
}

#[test]
fn a_directory_that_is_written_into_meanwhile_is_removed() {
    resources("temp, written into", &folder()).assert(0, "200 times removed\n", "");
}

#[test]
fn files_in_one_directory_share_its_descriptor() {
    resources("many temporary files", &folder()).assert(0, "2000\n", "");
}
