#[derive(exitmacro::AtExitCleanup)]
#[cleanup(with = close)]
struct Pool;

impl Pool {
    async fn close(&self) {}
}

fn main() {}
