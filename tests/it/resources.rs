//! Ready-made resources are gone after the end, and those of no other program with them.

use crate::support::{Ended, despite_load, panics_abort, scenario};
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

fn resources(what: &str, folder: &TempDir) -> Ended {
    scenario!("resources").arg(what).arg(folder.path()).run()
}

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
    assert_eq!(
        (ended.code(), ended.stderr.as_str()),
        (3, format!("exitmacro: kept {dir} because the process failed\n").as_str())
    );
    assert!(Path::new(dir).join("inner/file").exists() && !Path::new(file).exists());
    fs::remove_dir_all(dir).expect("it is there");
    let ended = resources("temp, kept on failure", &folder());
    assert!(!Path::new(ended.lines()[1]).exists() && ended.stderr.is_empty(), "{ended:?}");
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
fn a_directory_that_is_written_into_meanwhile_is_removed() {
    resources("temp, written into", &folder()).assert(0, "200 times removed\n", "");
}

#[test]
fn a_pid_file_is_removed() {
    let folder = folder();
    resources("pid file", &folder).assert(0, "Ok(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_pid_file_that_names_another_process_stays() {
    let folder = folder();
    resources("pid file of another", &folder).assert(0, "", "");
    assert_eq!(fs::read_to_string(folder.path().join("pid")).expect("it is there"), "1\n");
}

#[test]
fn a_pid_file_that_nobody_has_is_taken_over_whatever_process_it_names() {
    let folder = folder();
    // The second one names a process that lives. The third one was left by one that was killed
    // before it wrote.
    for text in ["999999999\n", "1\n", ""] {
        fs::write(folder.path().join("pid"), text).expect("it can be written");
        resources("pid file", &folder).assert(0, "Ok(())\n", "");
    }
    resources("pid file, killed", &folder).assert(-libc::SIGKILL, "Ok(())\n", "");
    assert!(folder.path().join("pid").exists());
    resources("pid file", &folder).assert(0, "Ok(())\n", "");
}

#[test]
fn a_file_that_is_no_pid_file_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("pid");
    for text in ["no number\n", "1000000000000000000000000000000000000000", " "] {
        fs::write(&path, text).expect("it can be written");
        resources("pid file", &folder).assert(0, "Err(AlreadyExists)\n", "");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
    }
    fs::rename(&path, folder.path().join("target")).expect("it is there");
    fs::write(folder.path().join("target"), "1\n").expect("it can be written");
    std::os::unix::fs::symlink(folder.path().join("target"), &path).expect("the place is free");
    assert!(resources("pid file", &folder).stdout.starts_with("Err("));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "1\n");
}

#[test]
fn one_of_many_processes_gets_the_pid_file() {
    resources("pid files at the same moment", &folder()).assert(0, "200 times one\n", "");
}

#[test]
fn a_pid_file_that_is_removed_in_between_is_not_taken_for_the_new_one() {
    resources("pid file, passed around", &folder()).assert(0, "[0, 0, 0, 0]\n", "");
}

#[test]
fn a_process_gets_its_pid_file_once() {
    let folder = folder();
    resources("pid file, twice", &folder).assert(0, "true\nOk(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_child_that_lets_go_of_a_pid_file_keeps_nobody_out() {
    let folder = folder();
    resources("pid file of a child", &folder).assert(0, "Err(AlreadyExists)\n-9\nOk(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_daemon_that_adopts_has_the_pid_file_and_removes_it() {
    let folder = folder();
    resources("pid file of a daemon", &folder).assert(0, "Err(AlreadyExists)\ntrue\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_socket_is_removed() {
    let folder = folder();
    resources("socket", &folder).assert(0, "Ok(())\n", "");
    assert!(!folder.path().join("socket").exists());
}

#[test]
fn the_socket_of_a_successor_stays() {
    let folder = folder();
    resources("socket of another", &folder).assert(0, "", "");
    assert!(folder.path().join("socket").exists());
}

/// A socket that no process has. One of this process would still be in those that other tests
/// start, until they are other programs.
fn left_behind(what: &str, folder: &TempDir) {
    resources(what, folder).assert(-libc::SIGKILL, "", "");
    assert!(folder.path().join("socket").exists());
}

#[test]
fn a_socket_that_nobody_listens_at_is_replaced_and_one_in_use_is_not() {
    let folder = folder();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    drop(listener);
    fs::remove_file(&path).expect("it is there");
    left_behind("socket, killed", &folder);
    resources("socket", &folder).assert(0, "Ok(())\n", "");
    fs::write(&path, "no socket").expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    assert!(path.exists());
}

/// Elsewhere than on Linux, a descriptor of such a directory is not to be had at all.
#[cfg(target_os = "linux")]
#[test]
fn a_socket_is_replaced_in_a_directory_that_may_not_be_read() {
    let folder = folder();
    let ended = resources("socket, without the right to read its directory", &folder);
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("it is ours");
    if !ended.is_left_out() {
        ended.assert(0, "Ok(())\n", "");
        assert!(!folder.path().join("socket").exists());
    }
}

/// Whether a process of that number runs; a zombie, which another process may have to reap, does
/// not.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !status.is_empty() && !status.rsplit(") ").next().is_some_and(|state| state.starts_with('Z'))
}

#[test]
fn a_child_is_ended_with_all_that_it_started_and_reaped() {
    despite_load(a_child_is_ended_with_all_that_it_started_and_reaped_once);
}

fn a_child_is_ended_with_all_that_it_started_and_reaped_once() {
    let ended = resources("child", &folder());
    let [child, grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    assert!(!runs(child) && !runs(grandchild));
    assert!(ended.took.as_millis() < 1900, "SIGTERM was enough: {ended:?}");
}

#[test]
fn a_child_that_does_not_listen_is_killed() {
    let ended = resources("stubborn child", &folder());
    let [child, grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    assert!(!runs(child) && !runs(grandchild));
    assert!(ended.took.as_millis() >= 2000, "{ended:?}");
}

#[test]
fn reports_name_the_place_where_a_resource_was_made() {
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
                && lines.iter().all(|line| line.contains("(tests/src/bin/resources.rs:")),
            "{ended:?}"
        );
    }
}

#[test]
fn a_child_that_has_ended_is_left_alone() {
    resources("child that has ended", &folder()).assert(0, "", "");
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
        // Also what the link in the temporary directory leads to.
        assert_eq!((left("run"), left("run/inner")), (vec!["inner".into()], vec![]), "{what}");
        assert_eq!(left(".").len(), 2, "{what}: {:?}", left("."));
    }
}

#[test]
fn what_is_not_found_again_is_told() {
    for what in ["lost by a move", "lost by chroot"] {
        let ended = resources(what, &folder());
        if ended.is_left_out() {
            continue;
        }
        assert_eq!((ended.code(), ended.stdout.as_str()), (0, ""), "{ended:?}");
        for place in ["here/socket", "here/pid", "here/.tmp", "here/.tmp"] {
            let told = |line: &&str| {
                line.contains(place) && line.ends_with(" was not removed: not found, and the descriptor of its directory was closed")
            };
            let lines = ended.stderr.lines().filter(told).count();
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
    let starts = ["_/socket: ", "_/gone/pid: ", "pid: ", "socket: "];
    assert!(
        texts.len() == starts.len()
            && texts.iter().zip(starts).all(|(text, start)| text.starts_with(start)),
        "{ended:?}"
    );
}

#[test]
fn a_pid_file_that_is_gone_is_not_rewritten() {
    resources("pid file, rewritten when it is gone", &folder()).assert(0, "Err(NotFound)\n", "");
}

#[test]
fn a_pid_file_whose_descriptor_was_closed_is_not_rewritten() {
    let folder = folder();
    let ended = resources("pid file, rewritten without its descriptor", &folder);
    ended.assert(0, "Err(\"the descriptor of the PID file was closed\")\n", "");
    assert!(!folder.path().join("pid").exists(), "it is found by its path");
}

#[test]
fn files_in_one_directory_share_its_descriptor() {
    resources("many temporary files", &folder()).assert(0, "2000\n", "");
}

#[test]
fn one_of_many_processes_gets_a_socket_that_was_left_behind() {
    let folder = folder();
    resources("sockets at the same moment", &folder).assert(0, "200 times one\n", "");
    let left = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(left, 0, "nothing is left next to the socket");
}

#[test]
fn a_server_that_is_too_busy_to_accept_keeps_its_socket_and_does_not_delay_others() {
    let folder = folder();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("the place is free");
    // SAFETY: the socket is open; listening again only changes how many may wait.
    assert_eq!(unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&listener), 0) }, 0);
    let _waits = std::os::unix::net::UnixStream::connect(&path).expect("one may wait");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
}

#[test]
fn a_socket_of_another_type_is_in_use_too() {
    let folder = folder();
    let socket = std::os::unix::net::UnixDatagram::bind(folder.path().join("socket"))
        .expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    drop(socket);
    fs::remove_file(folder.path().join("socket")).expect("it is there");
    left_behind("datagram socket, killed", &folder);
    resources("socket", &folder).assert(0, "Ok(())\n", "");
}

#[test]
fn the_group_of_a_child_that_something_else_waited_for_is_ended() {
    for what in ["child of a reaped leader", "child of a reaped leader, found by numbers"] {
        for reaper in ["kernel", "flag", "thread", "handle"] {
            let folder = folder();
            fs::write(folder.path().join("reaper"), reaper).expect("it can be written");
            let ended = resources(what, &folder);
            if ended.is_left_out() {
                continue;
            }
            let [grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
            assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{what}, {reaper}");
            assert!(!runs(grandchild), "{what}, {reaper}: {ended:?}");
        }
    }
}

#[test]
fn a_child_that_something_else_waited_for_is_no_failure() {
    for reaper in ["kernel", "flag", "thread", "handle"] {
        let folder = folder();
        fs::write(folder.path().join("reaper"), reaper).expect("it can be written");
        resources("child, reaped by another", &folder).assert(0, "", "");
    }
}

#[test]
fn a_process_that_got_the_number_of_a_child_is_left_alone() {
    let ended = resources("number that came back", &folder());
    if !ended.is_left_out() {
        ended.assert(0, "lives on: true\nlives on: true\n", "");
    }
}

#[test]
fn a_thread_that_panicked_is_a_failure() {
    if panics_abort() {
        // There the thread takes the process with it.
        return;
    }
    let ended = resources("thread that panics", &folder());
    let lines: Vec<_> = ended
        .stderr
        .lines()
        .filter_map(|line| line.rsplit_once("failed after ")?.1.split_once(": "))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        (ended.code(), lines),
        (
            0,
            vec!["a thread without a name panicked: 42", "the thread `writer` panicked: disk full"]
        ),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_child_may_follow_its_parent_that_is_killed() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let ended = resources("child that follows its parent", &folder());
    assert_eq!((ended.code(), ended.lines().len()), (-libc::SIGKILL, 2), "{ended:?}");
    let end = Instant::now() + Duration::from_secs(30);
    for child in ended.lines() {
        while runs(child) {
            assert!(Instant::now() < end, "{child} lives on");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_child_has_as_much_time_as_the_program_says() {
    let folder = folder();
    // It takes longer than a child that the program says nothing of is given.
    resources("child that needs its time", &folder).assert(0, "", "");
    assert!(folder.path().join("ended").exists(), "it was killed before");
}

#[test]
fn a_child_has_no_more_time_than_the_program_says() {
    // A child that the program says nothing of has two seconds, which this one would take whenever
    // it is tried.
    for _ in 0..12 {
        let ended = resources("stubborn child with a short grace", &folder());
        ended.assert(0, "", "");
        if ended.took.as_millis() < 1900 {
            return;
        }
    }
    panic!("it always took longer");
}
