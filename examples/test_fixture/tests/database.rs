//! Tests that share a PostgreSQL server.

use exitmacro::{AtExitCell, CellGuard};
use exitmacro_test_fixture::PostgresServer;
use std::time::Duration;

exitmacro_testing::isolate!(files);

exitmacro::config! { signals = [INT, TERM] }

static SERVER: AtExitCell<PostgresServer> =
    AtExitCell::new(|| PostgresServer::start().unwrap_or_else(|error| panic!("{error}")))
        .timeout(Duration::from_secs(20))
        .name("PostgreSQL");

/// `None` on a machine that has no PostgreSQL. A test keeps the guard, because each query needs the
/// server: after Ctrl-C the server waits for the tests, which are short. A test that may hang would
/// keep what it needs instead, such as an address.
fn server() -> Option<CellGuard<PostgresServer>> {
    if !PostgresServer::is_installed() {
        exitmacro_testing::left_out("PostgreSQL is not installed", "package `postgresql`");
        return None;
    }
    Some(SERVER.get().expect("the tests have not ended"))
}

#[test]
fn it_calculates() {
    let Some(server) = server() else { return };
    assert_eq!(server.query("SELECT 6 * 7").unwrap(), "42");
}

#[test]
fn it_stores() {
    let Some(server) = server() else { return };
    let stored = server
        .query(
            "CREATE TABLE orders (text TEXT); INSERT INTO orders VALUES ('ink'); \
             SELECT text FROM orders",
        )
        .unwrap();
    assert_eq!(stored.lines().last(), Some("ink"));
}
