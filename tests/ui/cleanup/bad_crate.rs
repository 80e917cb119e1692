use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(crate = "exitmacro")]
struct Quoted;

fn main() {}
