//! Runs a program to its end, but not for ever.

use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Enough for a slow machine that also has to build the program.
const LIMIT: Duration = Duration::from_secs(300);

/// What the program leaves. Panics when it does not end in time.
pub(crate) fn output(mut command: Command) -> Output {
    for variable in ["EXITMACRO_LOG", "EXITMACRO_BUDGET"] {
        command.env_remove(variable);
    }
    command.env("RUST_BACKTRACE", "0");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(command.output()));
    receiver.recv_timeout(LIMIT).expect("the program ends in time").expect("the program starts")
}
