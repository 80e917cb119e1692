use exitmacro::AtExitCleanup;
use std::rc::Rc;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Pool {
    count: Rc<u32>,
}

impl Pool {
    fn close(&self) {}
}

#[derive(AtExitCleanup)]
struct Server {
    first: std::fs::File,
    second: std::fs::File,
    #[cleanup(skip)]
    count: Rc<u32>,
}

fn main() {}
