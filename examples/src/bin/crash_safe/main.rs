//! What no handler can do: survive `kill -9`. One program with two stores for its orders.
//!
//! `journal` writes each order to a log on the disk before it acknowledges the order, see
//! `journal.rs`. `at-exit` keeps the orders in memory and saves them in its exit handler. Asked to
//! end, both keep all orders. Killed, as when a machine loses power, `at-exit` loses every order
//! that it has acknowledged. The journal still benefits from its handler, which shortens the log,
//! so that the next start is fast.
//!
//! Output:
//! ```text
//! journal: 20 acknowledged, asked to end, 20 recovered
//! journal: 20 acknowledged, killed, 20 recovered
//! at-exit: 20 acknowledged, asked to end, 20 recovered
//! at-exit: 20 acknowledged, killed, 0 recovered
//! journal: 20 acknowledged, half of another one in the log, 20 recovered
//! ```

mod at_exit_only;
mod demo;
mod disk;
mod journal;
mod record;
mod store;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;

/// Without arguments: the demonstration. `write STORE FOLDER [COUNT]` takes orders, for ever unless
/// there is a count. `read STORE FOLDER` prints the stored orders.
#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let texts: Vec<_> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    match texts.as_slice() {
        [] => demo::run(),
        ["write", kind, _] => store::take_orders(kind, Path::new(&args[2]), u32::MAX),
        ["write", kind, _, count] => store::take_orders(kind, Path::new(&args[2]), count.parse()?),
        ["read", kind, _] => store::print_orders(kind, Path::new(&args[2])),
        _ => Err("expected nothing, or: write STORE FOLDER [COUNT], or: read STORE FOLDER".into()),
    }
}
