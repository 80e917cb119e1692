use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(skip)]
struct SkipOnType;

#[derive(AtExitCleanup)]
struct WithOnField {
    #[cleanup(with = close, timeout = "5s")]
    number: u32,
    #[cleanup(skip = true)]
    text: String,
}

#[derive(AtExitCleanup)]
enum Variant {
    #[cleanup(skip)]
    Number(u32),
}

fn main() {}
