//! A pool of connections to a real PostgreSQL server, which says in its log how each of them ended.

use crate::harness::{EXIT_PATHS, Ended, WITHOUT, promised_output, run};
use exitmacro::AtExitCell;
use exitmacro_test_fixture::PostgresServer;
use exitmacro_testing::wait_until;
use std::process::Command;
use std::time::Duration;

/// Shared by the tests, and stopped when they have finished.
static SERVER: AtExitCell<PostgresServer> =
    AtExitCell::new(|| PostgresServer::start().unwrap_or_else(|error| panic!("{error}")))
        .timeout(Duration::from_secs(20))
        .name("PostgreSQL");

const CONNECTIONS: usize = 3;

/// Whether the server can be started. If not, the test is reported as left out.
fn has_server() -> bool {
    let found = PostgresServer::is_installed();
    if !found {
        exitmacro_testing::left_out("PostgreSQL is not installed", "package `postgresql`");
    }
    found
}

/// The programs with a pool of sqlx, whose connections are closed by an `async fn`, and how many
/// workers their runtimes have.
const SQLX: [(&str, &str, &str); 5] = [
    ("current thread", env!("CARGO_BIN_EXE_sqlx_pool_current_thread"), "1"),
    ("one worker", env!("CARGO_BIN_EXE_sqlx_pool"), "1"),
    ("two workers", env!("CARGO_BIN_EXE_sqlx_pool"), "2"),
    ("by hand", env!("CARGO_BIN_EXE_sqlx_pool_by_hand"), "2"),
    ("outside", env!("CARGO_BIN_EXE_sqlx_pool_outside"), "2"),
];

const POSTGRES: &str = env!("CARGO_BIN_EXE_postgres_pool");

/// Runs the program with these variables, and with `client` as its name on the server.
fn pool(program: &str, exit_path: &str, client: &str, variables: &[(&str, &str)]) -> Ended {
    let url = SERVER.with(|server| server.url(client)).unwrap();
    let mut command = Command::new(program);
    command.arg(exit_path).env("DATABASE_URL", url).envs(variables.iter().copied());
    run(&mut command)
}

/// What the server logged about the program, after all its connections have ended.
#[track_caller]
fn log_about(client: &str) -> Vec<String> {
    let is_over = |log: &Vec<String>| {
        log.iter().filter(|line| line.contains("disconnection: ")).count() == CONNECTIONS
    };
    wait_until(|| SERVER.with(|server| server.log_about(client)).unwrap().ok().filter(is_over))
        .expect("the connections end")
}

fn unexpected_ends(log: &[String]) -> usize {
    log.iter().filter(|line| line.contains("unexpected EOF on client connection")).count()
}

fn sessions(client: &str) -> String {
    let statement =
        format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{client}'");
    SERVER.with(|server| server.query(&statement)).unwrap().expect("the server answers")
}

/// The server sees no connection end without a message.
#[track_caller]
fn assert_closes(
    program: &str,
    exit_path: &str,
    code: i32,
    client: &str,
    variables: &[(&str, &str)],
) {
    let ended = pool(program, exit_path, client, variables);
    assert_eq!(ended.code, code, "{ended:?}");
    let log = log_about(client);
    assert_eq!(unexpected_ends(&log), 0, "{client}: {log:?}\n{ended:?}");
    assert_eq!(sessions(client), "0", "{client}");
}

#[test]
fn connections_are_closed_on_every_exit_path() {
    if !has_server() {
        return;
    }
    for &(exit_path, code) in EXIT_PATHS {
        assert_closes(POSTGRES, exit_path, code, &format!("closes_after_{exit_path}"), &[]);
    }
}

#[test]
fn connections_of_sqlx_are_closed_in_every_runtime_on_every_exit_path() {
    if !has_server() {
        return;
    }
    for (runtime, program, workers) in SQLX {
        for &(exit_path, code) in EXIT_PATHS {
            let client = format!("{runtime}_{exit_path}").replace(' ', "_");
            let variables = [("TOKIO_WORKER_THREADS", workers)];
            assert_closes(program, exit_path, code, &client, &variables);
        }
    }
}

#[test]
fn the_server_complains_about_connections_that_are_not_closed() {
    if !has_server() {
        return;
    }
    for (exit_path, code) in [("exit", 3), ("signal", 143)] {
        let client = format!("does_not_close_after_{exit_path}");
        let ended = pool(POSTGRES, exit_path, &client, &[WITHOUT]);
        assert_eq!(ended.code, code, "{ended:?}");
        let log = log_about(&client);
        assert_eq!(unexpected_ends(&log), CONNECTIONS, "{exit_path}: {log:?}");
    }
}

#[test]
fn pool_programs_print_their_documented_output() {
    if !has_server() {
        return;
    }
    for (program, source) in [
        (POSTGRES, include_str!("../../src/bin/postgres_pool.rs")),
        (env!("CARGO_BIN_EXE_sqlx_pool"), include_str!("../../src/bin/sqlx/main.rs")),
    ] {
        let ended = pool(program, "return", "compared", &[]);
        let promised = promised_output(source);
        assert_eq!((ended.code, ended.stdout, ended.stderr.as_str()), (0, promised, ""));
    }
}
