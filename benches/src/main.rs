//! Measures `exitmacro` next to its peers, and writes the figures into benches/README.md.
//!
//! ```text
//! cargo run --release -p exitmacro-benches [-- --quick]
//! ```

mod runner;

use runner::Figures;
use runner::subject::Subjects;
use std::process::ExitCode;

const USAGE: &str = "without options: measures everything and writes benches/README.md
  --quick          prints the figures, without those that take minutes: 10,000 declared handlers,
                   axum, build times, random plans
  --guard          compares six programs with benches/recorded-counts.txt
  --record         writes benches/recorded-counts.txt";

fn main() -> ExitCode {
    let options: Vec<String> = std::env::args().skip(1).collect();
    match options.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => measure(true),
        ["--quick"] => measure(false),
        ["--guard"] => return runner::guard::run(false),
        ["--record"] => return runner::guard::run(true),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn measure(everything: bool) {
    let subjects =
        Subjects::build(if everything { &["ten-thousand", "service"] } else { &[] }, &[]);
    let mut figures = Figures::default();
    runner::setting::describe(&mut figures);
    runner::hello::measure(&subjects, &mut figures);
    runner::one_handler::measure(&subjects, &mut figures);
    runner::size::measure(&subjects, &mut figures, everything);
    runner::declared::measure(&subjects, &mut figures, everything);
    runner::registered::measure(&subjects, &mut figures);
    runner::churn::measure(&subjects, &mut figures);
    runner::tracked::measure(&subjects, &mut figures);
    if everything {
        runner::build_time::measure(&subjects, &mut figures);
    }
    runner::order::measure(&subjects, &mut figures, everything);

    print!("{}", figures.text());
    if everything {
        runner::readme::put(&figures.text());
    }
}
