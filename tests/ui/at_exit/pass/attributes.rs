//! What stands on a handler, on its parameters and on its type holds as it does without the
//! attribute.

#![deny(warnings)]

use exitmacro::{AtExitCleanup, CleanupError, ExitContext, at_exit};
use std::sync::OnceLock;

#[at_exit]
#[deprecated = "close the pool by hand"]
fn close_pool() {}

#[at_exit(after(close_pool))]
#[cfg_attr(all(), deprecated(note = "no log any more"), inline)]
fn close_log(_exit: &ExitContext) -> Result<(), String> {
    Ok(())
}

#[at_exit]
#[deprecated]
async fn close_connections() {}

#[at_exit]
#[deprecated]
#[allow(deprecated)]
static POOL: OnceLock<Pool> = OnceLock::new();

#[deprecated]
struct Pool;

#[allow(deprecated)]
impl AtExitCleanup for Pool {
    fn cleanup(&self) -> Result<(), CleanupError> {
        Ok(())
    }
}

#[allow(deprecated)]
#[at_exit]
static OTHER_POOL: OnceLock<Pool> = OnceLock::new();

#[deprecated]
const OLD_PRIORITY: i32 = 5;

#[at_exit(priority = OLD_PRIORITY)]
#[allow(deprecated)]
fn early() {}

#[at_exit]
fn without_context(#[cfg(any())] exit: &ExitContext) {}

#[at_exit]
fn with_context(
    #[cfg(any())] exit: &NoContext,
    #[cfg_attr(all(), cfg(all()), allow(unused_variables))] exit: &ExitContext,
) {
    assert_eq!(exit.code(), Some(0));
}

#[at_exit]
async fn future_without_context(#[cfg(any())] exit: &ExitContext) {}

#[at_exit]
fn without_parameters<#[cfg(any())] T>() {}

#[at_exit]
#[must_use]
#[doc(hidden)]
#[cold]
#[expect(unused_variables, reason = "not yet")]
fn must_be_used() -> Result<(), String> {
    let unused = 5;
    Ok(())
}

#[derive(AtExitCleanup)]
#[cleanup(with = old_close)]
#[allow(deprecated)]
struct Connection {
    #[deprecated]
    #[allow(dead_code)]
    address: u8,
}

impl Connection {
    #[deprecated]
    fn old_close(&self) {}
}

#[derive(AtExitCleanup)]
#[deprecated]
#[allow(dead_code)]
enum Resource {
    #[deprecated]
    Old(#[cfg(any())] Missing, #[cfg_attr(all(), cleanup(skip))] u8),
    #[cfg(any())]
    Absent(Missing),
    New(#[deprecated] OnceLock<Connection>),
}

#[exitmacro::main(budget = "5s")]
#[deprecated]
#[must_use]
#[expect(unused_variables, reason = "not yet")]
fn main(#[cfg(any())] missing: Missing) -> Result<(), std::num::ParseIntError> {
    let unused = 5;
    #[allow(deprecated)]
    let connection = exitmacro::track(Connection { address: 5 });
    #[allow(deprecated)]
    let resources = (Resource::Old(5), Resource::New(OnceLock::new()));
    drop((connection, resources));
    Ok(())
}
