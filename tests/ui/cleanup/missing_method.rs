use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = clos)]
struct Pool;

impl Pool {
    fn close(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = abandon)]
struct Queue<T>(T);

impl<T> Queue<T> {
    fn close(&self) {}
}

fn main() {}
