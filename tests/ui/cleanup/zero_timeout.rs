use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(timeout = "0s")]
struct Pool;

fn main() {}
