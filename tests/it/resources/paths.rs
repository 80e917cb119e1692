//! How resources are found again by path, and what their errors and reports name.

use super::{folder, resources};
use crate::support::scenario;
use std::fs;

#[test]
fn reports_name_the_location_where_a_resource_was_made() {
    for what in ["temp", "pid file", "socket", "child that has ended"] {
        let folder = folder();
        let skip = "temporary*,PID file,Unix socket,child process";
        let ended = scenario!("resources")
            .arg(what)
            .arg(folder.path())
            .env("TMPDIR", folder.path())
            .env("EXITMACRO_SKIP", skip)
            .run();
        let lines: Vec<_> =
            ended.stderr.lines().filter(|line| !line.ends_with("of this run")).collect();
        assert!(
            !lines.is_empty()
                && lines.iter().all(|line| line.contains("(tests/src/bin/resources/")),
            "{ended:?}"
        );
    }
}

#[test]
fn a_forked_child_removes_nothing_of_its_parents() {
    resources("in a forked child", &folder()).assert(0, "true true\nErr(AlreadyExists)\n", "");
}

#[test]
fn what_is_removed_by_path_is_found_again() {
    for what in ["after chdir", "after chroot", "after all descriptors were closed"] {
        let folder = folder();
        let ended = resources(what, &folder);
        if ended.is_left_out() {
            continue;
        }
        assert_eq!(
            (ended.code(), ended.stderr.as_str(), ended.stdout.as_str()),
            (0, "", "true true true true\n"),
            "{what}"
        );
        let left = |path: &str| {
            fs::read_dir(folder.path().join(path))
                .expect("it is there")
                .map(|entry| entry.expect("it can be read").file_name())
                .collect::<Vec<_>>()
        };
        // Also the target of the link in the temporary directory.
        assert_eq!((left("run"), left("run/inner")), (vec!["inner".into()], vec![]), "{what}");
        assert_eq!(left(".").len(), 2, "{what}: {:?}", left("."));
    }
}

#[test]
fn what_is_not_found_again_is_reported() {
    for what in ["lost by a move", "lost by chroot"] {
        let ended = resources(what, &folder());
        if ended.is_left_out() {
            continue;
        }
        assert_eq!((ended.code(), ended.stdout.as_str()), (0, ""), "{ended:?}");
        for place in ["here/socket", "here/pid", "here/.tmp", "here/.tmp"] {
            let reports = |line: &&str| {
                line.contains(place)
                    && line.ends_with(
                        " was not removed: not found, and the descriptor of its \
                         directory was closed",
                    )
            };
            let lines = ended.stderr.lines().filter(reports).count();
            assert_eq!(
                lines,
                if place == "here/.tmp" { 2 } else { 1 },
                "{what}, {place}: {ended:?}"
            );
        }
    }
}

#[test]
fn an_error_names_the_path() {
    let ended = resources("errors that name a path", &folder());
    let texts: Vec<&str> = ended.lines();
    let long = format!("{}: ", "long".repeat(30));
    let starts = ["_/socket: ", "_/gone/pid: ", "pid: ", "socket: ", &long];
    assert!(
        texts.len() == starts.len()
            && texts.iter().zip(starts).all(|(text, start)| text.starts_with(start)),
        "{ended:?}"
    );
}
