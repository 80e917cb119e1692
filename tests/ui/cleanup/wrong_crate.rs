use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(crate = crate::facade::exitmacro, with = close, discard = close, priority = 5)]
struct Pool<T>(T);

impl<T> Pool<T> {
    fn close(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(crate = ::std::io)]
struct Log(std::fs::File, std::fs::File);

fn main() {
    let log = std::fs::File::create("log").unwrap();
    exitmacro::track(Log(log.try_clone().unwrap(), log));
}
