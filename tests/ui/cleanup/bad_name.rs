use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(name = "")]
struct Empty;

#[derive(AtExitCleanup)]
#[cleanup(name = pool)]
struct Unquoted;

fn main() {}
