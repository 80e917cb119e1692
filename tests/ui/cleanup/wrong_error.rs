use exitmacro::AtExitCleanup;

struct Lost;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Pool;

impl Pool {
    fn close(&self) -> Result<(), Lost> {
        Err(Lost)
    }
}

fn main() {}
