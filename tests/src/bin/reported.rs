//! Ships reports: a handler that of what has ended by then, a receiver that of the whole run. The
//! first argument says what the receivers do, the second one how the process ends.

use exitmacro::{ExitContext, Handler, Report, at_exit, priority};
use std::time::Duration;

#[at_exit(priority = 10)]
fn completes() {}

#[at_exit(priority = 9, after(completes))]
fn fails() -> Result<(), &'static str> {
    Err("disk full")
}

#[at_exit(priority = priority::TELEMETRY)]
fn ships(exit: &ExitContext) {
    print("so far", &exit.report());
}

#[at_exit(priority = priority::TELEMETRY - 1)]
fn last() {}

fn argument(number: usize) -> String {
    std::env::args().nth(number).expect("what receivers do, and how the process ends")
}

fn print(which: &str, report: &Report) {
    let names: Vec<_> = report.handlers().iter().map(|handler| handler.name()).collect();
    let edges: Vec<_> = report
        .edges()
        .iter()
        .map(|&(first, then)| format!("{} then {}", names[first], names[then]))
        .collect();
    let runners: Vec<_> = report.handlers().iter().map(|handler| handler.runner()).collect();
    println!(
        "{which}: {}, {}, status {:?}, finished {}, edges {edges:?}, runners {runners:?}",
        report.reason(),
        report.totals(),
        report.status(),
        report.is_finished(),
    );
    assert!(
        argument(1) == "budget used up" || report.budget() >= Some(report.duration()),
        "{report:?}"
    );
}

fn main() {
    if argument(1) == "budget used up" {
        Handler::new("sleeps")
            .priority(priority::TELEMETRY - 2)
            .register(|| std::thread::sleep(Duration::from_secs(60)))
            .expect("it runs");
    }
    exitmacro::on_report(|report| {
        match &*argument(1) {
            "panics" => panic!("as asked"),
            "hangs" => std::thread::sleep(Duration::from_secs(60)),
            "registers" => {
                exitmacro::register(|| println!("registered by the receiver"))
                    .expect("it runs still");
            }
            _ => {}
        }
        print("whole", report);
    });
    exitmacro::on_report(|report| println!("second receiver: {}", report.totals().all()));
    match &*argument(2) {
        "by hand" => println!("returned: {}", exitmacro::run().totals()),
        "exits" => exitmacro::exit(3),
        _ => {}
    }
}
