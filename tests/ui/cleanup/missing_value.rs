use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with)]
struct Alone;

#[derive(AtExitCleanup)]
#[cleanup(with =, discard =)]
struct Nothing;

#[derive(AtExitCleanup)]
#[cleanup(with(close), timeout: "5s")]
struct OtherForm;

#[derive(AtExitCleanup)]
#[cleanup]
struct NoArguments;

#[derive(AtExitCleanup)]
struct Field(#[cleanup] u32);

fn main() {}
