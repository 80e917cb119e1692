use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = close, priority = self.level)]
struct Pool {
    level: i32,
}

impl Pool {
    fn close(&self) {}
}

fn main() {}
