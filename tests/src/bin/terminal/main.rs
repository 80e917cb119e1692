//! A program that fills the screen, with crossterm alone. The first argument says how it ends.

mod cases;
#[path = "../forked.rs"]
mod forked;
mod job;

#[exitmacro::at_exit]
fn later() {
    eprintln!("later handler");
}

#[exitmacro::main(signals)]
fn main() -> Result<(), &'static str> {
    let case = std::env::args().nth(1).expect("a case");
    if case == "shell" {
        job::control(&std::env::args().nth(2).expect("a case"));
        return Ok(());
    }
    cases::run(&case)
}
