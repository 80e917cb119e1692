use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(timeout = "5")]
struct NoUnit;

#[derive(AtExitCleanup)]
#[cleanup(timeout = "5 minutes")]
struct Words;

#[derive(AtExitCleanup)]
#[cleanup(timeout = 5)]
struct Number;

#[derive(AtExitCleanup)]
#[cleanup(timeout = Duration::from_secs(5))]
struct Expression;

fn main() {}
