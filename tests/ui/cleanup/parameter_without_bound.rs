use exitmacro::{AtExitCleanup, Tracked};

#[derive(AtExitCleanup)]
struct Server<T>(Vec<T>);

/// The derive requires of `T` what it needs; code that uses the type repeats it.
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
