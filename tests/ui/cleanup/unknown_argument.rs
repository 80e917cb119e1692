use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(prio = 10)]
struct Mistyped;

#[derive(AtExitCleanup)]
#[cleanup(method = close)]
struct Unlike;

#[derive(AtExitCleanup)]
struct Field {
    #[cleanup(ignore)]
    number: u32,
    #[cleanup(skp)]
    text: String,
}

fn main() {}
