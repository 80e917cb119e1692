mod facade {
    pub use exitmacro;
}

use facade::exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(crate = facade::exitmacro)]
struct Server {
    name: String,
}

#[derive(AtExitCleanup)]
#[cleanup(crate = facade::exitmacro, with = close, discard = abandon)]
struct Pool;

impl Pool {
    fn close(&self) -> u8 {
        0
    }

    fn abandon(&self) -> u8 {
        0
    }
}

fn main() {}
