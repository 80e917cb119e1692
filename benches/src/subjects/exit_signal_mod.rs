//! Times the end with one handler, run by `signal-mod` when `main` asks for it.

use signal_mod::{Coordinator, ShutdownReason, hook_from_fn};

fn main() {
    let coordinator = Coordinator::builder()
        .hook(hook_from_fn("handler", 0, |_| exitmacro_benches::work()))
        .build();
    exitmacro_benches::time_exit();
    coordinator.run_hooks(ShutdownReason::Requested);
}
