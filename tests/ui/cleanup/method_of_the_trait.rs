use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = cleanup)]
struct Misspelt;

impl Misspelt {
    fn clean_up(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = Self::discard)]
struct Discarded;

impl Discarded {
    fn close(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = <Self as AtExitCleanup>::cleanup)]
struct Qualified;

fn main() {
    Misspelt.clean_up();
}
