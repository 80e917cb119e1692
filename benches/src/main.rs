//! Measures `exitmacro` next to its peers, and prints the figures as Markdown.
//!
//! ```text
//! cargo run --release -p exitmacro-benches -- [--ten-thousand] [--build-times] [--random-plans] [--write-readme]
//! ```

mod runner;

use runner::Figures;
use runner::subject::Subjects;
use std::process::ExitCode;

const USAGE: &str = "options:
  --ten-thousand   also 10,000 declared handlers, which take minutes to compile
  --build-times    also clean build times, which takes minutes
  --random-plans   also 1,000 random plans, which takes a minute or two
  --write-readme   put the figures into benches/README.md";

fn main() -> ExitCode {
    let options: Vec<String> = std::env::args().skip(1).collect();
    if options.iter().any(|option| !USAGE.contains(&format!("  {option} "))) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let chosen = |option: &str| options.iter().any(|chosen| chosen == option);

    let subjects = Subjects::build(chosen("--ten-thousand"));
    let mut figures = Figures::default();
    runner::setting::describe(&mut figures);
    runner::hello::measure(&subjects, &mut figures);
    if chosen("--build-times") {
        runner::build_time::measure(&subjects, &mut figures);
    }
    runner::declared::measure(&subjects, &mut figures, chosen("--ten-thousand"));
    runner::registered::measure(&subjects, &mut figures);
    runner::churn::measure(&subjects, &mut figures);
    runner::tracked::measure(&subjects, &mut figures);
    runner::order::measure(&subjects, &mut figures, chosen("--random-plans"));
    figures.list_targets();

    print!("{}", figures.text());
    if chosen("--write-readme") {
        runner::readme::put(figures.text());
    }
    ExitCode::SUCCESS
}
