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

/// Runs the program, with `client` as its name on the server.
fn pool(exit_path: &str, client: &str, cleans_up: bool) -> Ended {
    let url = SERVER.with(|server| server.url(client)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_postgres_pool"));
    command.arg(exit_path).env("DATABASE_URL", url);
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
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

#[test]
fn connections_are_closed_on_every_exit_path() {
    if !has_server() {
        return;
    }
    for &(exit_path, code) in EXIT_PATHS {
        let client = format!("closes_after_{exit_path}");
        let ended = pool(exit_path, &client, true);
        assert_eq!(ended.code, code, "{ended:?}");
        let log = log_about(&client);
        assert_eq!(unexpected_ends(&log), 0, "{exit_path}: {log:?}");
        assert_eq!(sessions(&client), "0", "{exit_path}");
    }
}

#[test]
fn the_server_complains_about_connections_that_are_not_closed() {
    if !has_server() {
        return;
    }
    for (exit_path, code) in [("exit", 3), ("signal", 143)] {
        let client = format!("does_not_close_after_{exit_path}");
        let ended = pool(exit_path, &client, false);
        assert_eq!(ended.code, code, "{ended:?}");
        let log = log_about(&client);
        assert_eq!(unexpected_ends(&log), CONNECTIONS, "{exit_path}: {log:?}");
    }
}

#[test]
fn pool_program_prints_its_documented_output() {
    if !has_server() {
        return;
    }
    let ended = pool("return", "compared", true);
    let promised = promised_output(include_str!("../../src/bin/postgres_pool.rs"));
    assert_eq!((ended.code, ended.stdout, ended.stderr.as_str()), (0, promised, ""));
}
