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

fn main() {}
