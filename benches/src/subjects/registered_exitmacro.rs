//! Any number of handlers, registered with `exitmacro` in random priorities.
//!
//! Kinds: `plain` has a name and a priority, `timeout` also a timeout; `function` is the short
//! form, `register(function)`; `closure` is the same with eight bytes captured, and `closure-24`
//! with 24; `unregistered` is `function`, and all are unregistered again.

use exitmacro::{Handler, HandlerId, RegisterError, Unregistered, register, unregister};
use exitmacro_benches::{Task, priority, work};
use std::hint::black_box;
use std::time::Duration;

fn main() {
    let task = Task::from_arguments();
    let count = task.count;
    match &*task.kind {
        "plain" => task
            .run(|| all(count, |n| Handler::new("handler").priority(priority(n)).register(work))),
        "timeout" => task.run(|| {
            all(count, |n| {
                Handler::new("handler")
                    .priority(priority(n))
                    .timeout(Duration::from_secs(5))
                    .register(work)
            })
        }),
        "closure" => task.run(|| all(count, |n| register(move || _ = black_box(n)))),
        "closure-24" => task.run(|| {
            all(count, |n| {
                let captured = [n; 3];
                register(move || _ = black_box(captured))
            })
        }),
        "function" => task.run(|| all(count, |_| register(work))),
        "unregistered" => {
            let mut ids = Vec::with_capacity(count as usize);
            task.run(|| {
                all(count, |_| register(work).inspect(|&id| ids.push(id)));
                ids.iter().for_each(|&id| assert_eq!(unregister(id), Unregistered::Removed));
            });
        }
        kind => panic!("no kind `{kind}`"),
    }
}

fn all(count: u64, mut register: impl FnMut(u64) -> Result<HandlerId, RegisterError>) {
    for n in 0..count {
        black_box(register(n)).expect("memory, and no exit yet");
    }
}
