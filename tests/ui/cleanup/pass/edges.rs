//! Types of values that wait for others, and others that wait for them.

use exitmacro::{AtExitCleanup, at_exit};

#[at_exit(before(Pool, Box<Log>))]
fn stop_accepting() {}

mod metrics {
    #[exitmacro::at_exit]
    pub(crate) fn flush() {}
}

#[derive(AtExitCleanup)]
#[cleanup(after(stop_accepting, Generic<Log>), before(metrics::flush, Log), concurrent)]
struct Pool;

#[derive(AtExitCleanup)]
#[cleanup(after(Pool))]
struct Log;

#[derive(AtExitCleanup)]
#[cleanup(after(Vec<T>, Log), before(stop_accepting,))]
struct Generic<T: 'static>(T);

fn main() {
    let values = (exitmacro::track(Pool), exitmacro::track(Generic(Log)));
    assert_eq!(exitmacro::plan().handlers().len(), 4);
    drop(values);
}
