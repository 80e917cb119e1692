use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(crate = nowhere)]
struct Pool;

fn main() {}
