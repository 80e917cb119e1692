//! Fixtures that the tests of the package `exitmacro-test-fixture` share are removed when its tests
//! have finished, however they end.

use crate::harness::{Ended, run, run_with, runs, send};
use exitmacro_test_fixture::PostgresServer;
use exitmacro_testing::{cargo_of_this_build, test_program, wait_until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const FIXTURE: &str = "exitmacro-test-fixture";

/// `cargo`, with the profile and the target folder of this test.
fn cargo(words: &[&str], tests: &str) -> Command {
    let (mut command, profile) = cargo_of_this_build();
    let profile_option = if words == ["nextest", "run"] { "--cargo-profile" } else { "--profile" };
    command.args(words).args(["--package", FIXTURE, "--test", tests, profile_option, &profile]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Builds these tests, and returns the path of their program.
fn program(tests: &str) -> PathBuf {
    test_program(tests, &mut cargo(&["test"], tests))
}

/// The tests with the echo server, and the servers that they started.
struct EchoTests {
    folder: TempDir,
}

impl EchoTests {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    fn ids_file(&self) -> PathBuf {
        self.folder.path().join("ids")
    }

    fn set_up<'a>(&self, command: &'a mut Command, wish: &str) -> &'a mut Command {
        command.env("ECHO_SERVER_IDS", self.ids_file()).env("ECHO_TESTS", wish)
    }

    /// The process ids of all servers.
    fn servers(&self) -> Vec<u32> {
        let ids = fs::read_to_string(self.ids_file()).unwrap_or_default();
        ids.lines().map(|id| id.parse().unwrap_or_else(|_| panic!("no process id: {id}"))).collect()
    }

    /// How many servers were started, and how many of them still run.
    fn started_and_left(&self) -> (usize, usize) {
        let servers = self.servers();
        (servers.len(), servers.into_iter().filter(|server| runs(*server)).count())
    }
}

impl Drop for EchoTests {
    fn drop(&mut self) {
        let ids = fs::read_to_string(self.ids_file()).unwrap_or_default();
        ids.lines()
            .flat_map(str::parse)
            .filter(|server| runs(*server))
            .for_each(|server| send(server, libc::SIGKILL));
    }
}

/// Runs the program of the tests without cargo. Returns its status, and how many servers were
/// started and left.
fn echo_tests(args: &[&str], wish: &str) -> (Ended, (usize, usize)) {
    let tests = EchoTests::new();
    let ended = run(tests.set_up(Command::new(program("echo")).args(args), wish));
    (ended, tests.started_and_left())
}

#[test]
fn fixture_is_gone_when_all_tests_passed() {
    let (ended, servers) = echo_tests(&[], "");
    assert_eq!((ended.code, servers), (0, (1, 0)), "{ended:?}");
    assert!(
        ended.stdout.contains("test result: ok. 3 passed") && ended.stderr.is_empty(),
        "{ended:?}"
    );
    let last = ended.stdout.trim_end().lines().last().expect("it prints");
    assert!(last.starts_with("test result: "), "handlers print nothing to stdout: {ended:?}");
}

#[test]
fn fixture_is_gone_when_a_test_failed() {
    let (ended, servers) = echo_tests(&[], "fail");
    assert_eq!((ended.code, servers), (101, (1, 0)), "{ended:?}");
    assert!(ended.stdout.contains("2 passed; 1 failed"), "{ended:?}");
}

#[test]
fn fixture_is_gone_when_a_test_ended_the_process() {
    let (ended, servers) = echo_tests(&[], "exit");
    assert_eq!((ended.code, servers), (3, (1, 0)), "{ended:?}");
}

#[test]
fn listing_tests_starts_no_fixture_and_prints_nothing_else() {
    let (ended, servers) = echo_tests(&["--list", "--format", "terse"], "");
    let list =
        "a_sentence_comes_back: test\na_word_comes_back: test\nan_empty_line_comes_back: test\n";
    assert_eq!((ended.code, servers), (0, (0, 0)), "{ended:?}");
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (list, ""));
}

#[test]
fn filter_that_matches_nothing_starts_no_fixture() {
    let (ended, servers) = echo_tests(&["no test has this name"], "");
    assert_eq!((ended.code, servers, ended.stderr.as_str()), (0, (0, 0), ""), "{ended:?}");
    assert!(
        ended.stdout.contains("0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out"),
        "{ended:?}"
    );
}

#[test]
fn fixture_is_gone_after_ctrl_c() {
    let tests = EchoTests::new();
    let ended = run_with(tests.set_up(&mut Command::new(program("echo")), "wait"), |id| {
        send(id, libc::SIGINT)
    });
    assert_eq!((ended.code, tests.started_and_left()), (130, (1, 0)), "{ended:?}");
    assert_eq!(ended.stderr, "waiting for a signal\n");
}

/// On a terminal, cargo gets the signal too, and ends at once, without waiting for the tests.
#[test]
fn fixture_is_gone_after_ctrl_c_in_cargo_test() {
    let tests = EchoTests::new();
    let ended = run_with(
        tests.set_up(cargo(&["test", "--quiet"], "echo").process_group(0), "wait"),
        send_to_group,
    );
    assert_eq!(ended.code, -libc::SIGINT, "{ended:?}");
    wait_until(|| (tests.started_and_left() == (1, 0)).then_some(())).expect("the server ends");
}

#[expect(clippy::cast_possible_wrap, reason = "process ids are positive")]
fn send_to_group(leader: u32) {
    // SAFETY: kill has no preconditions.
    unsafe { libc::kill(-(leader as libc::pid_t), libc::SIGINT) };
}

#[test]
fn fixture_is_kept_for_debugging() {
    for skip in ["*", "echo server", "echo*"] {
        let tests = EchoTests::new();
        let ended =
            run(tests.set_up(Command::new(program("echo")).env("EXITMACRO_SKIP", skip), ""));
        assert_eq!((ended.code, tests.started_and_left()), (0, (1, 1)), "{skip}: {ended:?}");
    }
}

/// The status of nextest when tests failed.
const TEST_RUN_FAILED: i32 = 100;

/// Whether nextest is installed. If not, the test is reported as left out.
fn has_nextest() -> bool {
    let found = Command::new(env!("CARGO"))
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        exitmacro_testing::left_out(
            "cargo-nextest is not installed",
            "`cargo install --locked cargo-nextest`",
        );
    }
    found
}

/// Under nextest every test is a process of its own, with a fixture of its own.
fn nextest(wish: &str) -> Option<(Ended, (usize, usize))> {
    has_nextest().then(|| {
        let tests = EchoTests::new();
        let mut command = cargo(&["nextest", "run"], "echo");
        command
            .args(["--no-fail-fast", "--color", "never"])
            .env_remove("NEXTEST")
            .env_remove("NEXTEST_RUN_ID");
        let ended = run(tests.set_up(&mut command, wish));
        (ended, tests.started_and_left())
    })
}

#[test]
fn fixtures_are_gone_under_nextest() {
    let Some((ended, servers)) = nextest("") else { return };
    assert_eq!((ended.code, servers), (0, (3, 0)), "{ended:?}");
    assert!(ended.stderr.contains("3 tests run: 3 passed"), "{ended:?}");
    assert!(!ended.stderr.contains("LEAK"), "no process keeps a stream of a test: {ended:?}");
}

#[test]
fn fixtures_are_gone_under_nextest_when_a_test_failed() {
    let Some((ended, servers)) = nextest("fail") else { return };
    assert_eq!((ended.code, servers), (TEST_RUN_FAILED, (3, 0)), "{ended:?}");
    assert!(ended.stderr.contains("2 passed, 1 failed"), "{ended:?}");
}

#[test]
fn fixtures_are_gone_under_nextest_when_a_test_ended_its_process() {
    let Some((ended, servers)) = nextest("exit") else { return };
    assert_eq!((ended.code, servers), (TEST_RUN_FAILED, (3, 0)), "{ended:?}");
    assert!(ended.stderr.contains("2 passed, 1 failed"), "{ended:?}");
}

/// nextest passes the signal on, and waits for the tests.
#[test]
fn fixtures_are_gone_under_nextest_after_ctrl_c() {
    if !has_nextest() {
        return;
    }
    let tests = EchoTests::new();
    let mut command = cargo(&["nextest", "run"], "echo");
    command.args(["--no-capture", "--color", "never", "-E", "test(an_empty_line_comes_back)"]);
    let ended = run_with(tests.set_up(&mut command, "wait"), |id| send(id, libc::SIGINT));
    assert_eq!((ended.code, tests.started_and_left()), (TEST_RUN_FAILED, (1, 0)), "{ended:?}");
    assert!(ended.stderr.contains("1 failed"), "{ended:?}");
}

/// The processes that have the folder in their command line.
fn processes_about(folder: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc")
        .expect("it is there")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let folder = folder.to_str().expect("a plain name");
    processes
        .filter(|process| {
            fs::read(format!("/proc/{process}/cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(folder))
        })
        .collect()
}

/// A real server, whose folder must be removed too.
#[test]
fn postgres_is_gone_when_the_tests_have_ended() {
    if !PostgresServer::is_installed() {
        return exitmacro_testing::left_out("PostgreSQL is not installed", "package `postgresql`");
    }
    let folder = tempfile::tempdir().expect("a folder can be made");
    // The server may run as another user.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let database_tests = |skip: &str| {
        run(Command::new(program("database"))
            .env("TMPDIR", folder.path())
            .env("EXITMACRO_SKIP", skip))
    };
    let left =
        || (processes_about(folder.path()).len(), crate::harness::files_in(folder.path()).len());

    let ended = database_tests("");
    assert_eq!((ended.code, left()), (0, (0, 0)), "{ended:?}");
    assert!(ended.stdout.contains("2 passed") && ended.stderr.is_empty(), "{ended:?}");

    let ended = database_tests("PostgreSQL");
    let processes = processes_about(folder.path());
    assert!(ended.code == 0 && !processes.is_empty() && left().1 == 1, "{ended:?}");
    processes.into_iter().for_each(|process| send(process, libc::SIGQUIT));
    wait_until(|| processes_about(folder.path()).is_empty().then_some(()))
        .expect("the server ends");
}
