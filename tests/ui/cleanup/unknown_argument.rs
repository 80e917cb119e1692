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

#[derive(AtExitCleanup)]
#[cleanup(colour = red)]
struct Unknown;

#[derive(AtExitCleanup)]
#[cleanup(when = signal)]
struct OfHandlersAlone;

#[derive(AtExitCleanup)]
#[cleanup(5)]
struct NoName;

fn main() {}
