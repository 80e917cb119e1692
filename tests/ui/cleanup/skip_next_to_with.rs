use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Pool {
    #[cleanup(skip)]
    number: u32,
}

impl Pool {
    fn close(&self) {}
}

fn main() {}
