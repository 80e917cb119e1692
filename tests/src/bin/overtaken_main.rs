//! A `main` that returns an error. Another thread ends the process after `main` has found that no
//! thread does, and before `main` has entered the run. With the argument `asked` it ends as a
//! request asked for.

#[path = "../stopped_before_the_run.rs"]
mod stopped_before_the_run;

use stopped_before_the_run::{go_on, meanwhile};

#[exitmacro::at_exit]
fn another_exits() {
    go_on();
}

#[exitmacro::main(signals, grace = "15s")]
fn main() -> Result<(), &'static str> {
    if std::env::args().any(|arg| arg == "asked") {
        assert!(exitmacro::shutdown::request_with(4));
    }
    meanwhile(|| exitmacro::exit(3));
    Err("no luck")
}
