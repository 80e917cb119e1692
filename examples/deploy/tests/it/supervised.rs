//! The service under s6 and runit themselves.

use crate::{BILLING, ended, has, path};
use exitmacro_testing::{Deadline, output, prepare};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// What the service prints when it is stopped.
const STOPPED: [&str; 3] =
    ["finished the work in flight", "database closed, because of SIGTERM", "metrics flushed"];

/// A supervisor that has started the service.
struct Supervised {
    supervisor: Child,
    lines: Lines<BufReader<ChildStdout>>,
    service: PathBuf,
    _deadline: Deadline,
    _folder: TempDir,
}

/// The search path, with the service in front of all.
fn search_path() -> std::ffi::OsString {
    let folder = Path::new(BILLING).parent().expect("it is in a folder");
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths([folder.to_owned()].into_iter().chain(env::split_paths(&rest)))
        .expect("no path contains a colon")
}

impl Supervised {
    /// Starts the supervisor for a folder of services, in which there is a copy of `kind`, changed
    /// by `change`.
    fn start(kind: &str, supervisor: &str, change: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("the folder can be made");
        let service = folder.path().join("billing");
        fs::create_dir(&service).expect("it is new");
        for file in fs::read_dir(path(kind)).expect("the folder is there") {
            let file = file.expect("it can be read");
            fs::copy(file.path(), service.join(file.file_name())).expect("it can be copied");
        }
        change(&service);
        let mut command = Command::new(supervisor);
        command.arg(folder.path()).env("PATH", search_path());
        prepare(&mut command).stdout(Stdio::piped());
        let mut supervisor = command.spawn().expect("it is installed");
        let stdout = supervisor.stdout.take().expect("it is piped");
        let mut supervised = Self {
            _deadline: Deadline::of(&supervisor),
            supervisor,
            lines: BufReader::new(stdout).lines(),
            service,
            _folder: folder,
        };
        assert_eq!(supervised.line(), "ready, with 5s to spare");
        supervised
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("a line comes in time").expect("it is UTF-8")
    }

    /// Has the service stopped by this command of the supervisor, and compares what it prints.
    fn stop(&mut self, command: &mut Command, expected: &[&str]) {
        let (status, _, stderr) = ended(command.arg(&self.service));
        assert_eq!(status, Some(0), "{stderr}");
        let lines: Vec<_> = expected.iter().map(|_| self.line()).collect();
        assert_eq!(lines, expected);
    }
}

impl Drop for Supervised {
    /// Ends the supervisor and what it started.
    fn drop(&mut self) {
        // SAFETY: sends a signal to a process that was not waited for.
        unsafe { libc::kill(self.supervisor.id().cast_signed(), libc::SIGTERM) };
        _ = self.supervisor.wait();
        // `s6-svscan` has ended all services. `runsvdir` leaves them to `sv`.
        if !self.service.join("timeout-kill").exists() {
            _ = output(Command::new("sv").arg("force-shutdown").arg(&self.service));
        }
    }
}

#[test]
fn s6_stops_the_service() {
    if has(&["s6-svscan", "s6-svc", "execlineb"], "packages `s6` and `execline`") {
        let mut supervised = Supervised::start("s6", "s6-svscan", |_| ());
        let [finished, database, metrics] = STOPPED;
        // `-wD` waits until `finish` has ended.
        supervised.stop(
            Command::new("s6-svc").args(["-wD", "-d"]),
            &[finished, database, metrics, "billing ended with 143 0"],
        );
    }
}

#[test]
fn s6_kills_a_service_that_takes_longer_than_the_file_says() {
    if has(&["s6-svscan", "s6-svc", "execlineb"], "packages `s6` and `execline`") {
        let mut supervised = Supervised::start("s6", "s6-svscan", |service| {
            let run = fs::read_to_string(service.join("run")).expect("it is there");
            fs::write(service.join("run"), run.replace("25", "25 hang")).expect("it is writable");
            fs::write(service.join("timeout-kill"), "300\n").expect("it is writable");
        });
        supervised.stop(
            Command::new("s6-svc").args(["-wD", "-d"]),
            &[STOPPED[0], "billing ended with 256 9"],
        );
    }
}

#[test]
fn runit_stops_the_service() {
    if has(&["runsvdir", "sv"], "package `runit`") {
        let mut supervised = Supervised::start("runit", "runsvdir", |_| ());
        let [finished, database, metrics] = STOPPED;
        supervised.stop(
            Command::new("sv").args(["-w", "25", "force-stop"]),
            &[finished, database, metrics, "billing ended with 143 0"],
        );
    }
}

#[test]
fn a_shell_can_read_the_scripts() {
    for script in ["s6/finish", "runit/run", "runit/finish"] {
        let (status, _, stderr) = ended(Command::new("sh").arg("-n").arg(path(script)));
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{script}");
    }
}
