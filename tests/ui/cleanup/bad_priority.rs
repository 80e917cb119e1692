use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(priority = "high")]
struct Text;

#[derive(AtExitCleanup)]
#[cleanup(priority = "high".len())]
struct OtherType;

fn main() {}
