use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(priority = 1, priority = 1)]
struct Twice;

#[derive(AtExitCleanup)]
#[cleanup(with = close, timeout = "1s")]
#[cleanup(with = shut)]
struct InTwoAttributes;

#[derive(AtExitCleanup)]
struct Field(#[cleanup(skip, skip)] u32);

fn main() {}
