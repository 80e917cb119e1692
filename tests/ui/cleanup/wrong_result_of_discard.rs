use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(discard = abandon)]
struct Pool;

impl Pool {
    fn abandon(&self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(discard = Self::abandon)]
struct Async;

impl Async {
    async fn abandon(&self) {}
}

fn main() {}
