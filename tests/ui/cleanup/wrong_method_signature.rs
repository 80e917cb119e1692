use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = abandon)]
struct Pool;

impl Pool {
    fn close(&self, _force: bool) {}
    fn abandon() {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = abandon)]
struct Queue;

impl Queue {
    fn close(&mut self) {}
    fn abandon(self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = Self::abandon)]
struct Cache<T>(T);

impl<T> Cache<T> {
    fn close() {}
    unsafe fn abandon(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = self::close)]
struct Server;

fn close(_queue: &Queue) {}

fn main() {}
