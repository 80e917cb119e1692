use exitmacro::{AtExitCleanup, Tracked};

#[derive(AtExitCleanup)]
struct Server<T>(Vec<T>);

/// The derive asks of `T` what it needs; whoever uses the type says it again.
fn close<T: Send + Sync>(server: Server<T>) -> Result<(), exitmacro::CleanupError> {
    server.cleanup()
}

fn of_numbers(server: &Server<u32>) {
    server.discard();
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Pool<T>(T);

impl<T: Clone> Pool<T> {
    fn close(&self) {}
}

struct Holder<T>(Tracked<Server<T>>);

fn main() {}
