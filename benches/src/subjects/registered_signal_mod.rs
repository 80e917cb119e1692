//! Any number of handlers, given to `signal-mod` in random priorities. Kinds: `plain`, and
//! `timeout` with a timeout each.

use exitmacro_benches::{Task, priority, work};
use signal_mod::{Coordinator, ShutdownReason, hook_from_fn};
use std::time::Duration;

fn main() {
    let task = Task::from_arguments();
    let (count, timeout) = (task.count, task.kind == "timeout");
    let coordinator = task.run(|| {
        let builder = (0..count).fold(Coordinator::builder(), |builder, n| {
            let hook = hook_from_fn("handler", priority(n), |_| work());
            builder.hook(if timeout { hook.with_timeout(Duration::from_secs(5)) } else { hook })
        });
        builder.build()
    });
    coordinator.run_hooks(ShutdownReason::Requested);
}
