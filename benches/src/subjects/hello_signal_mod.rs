//! One handler, run by `signal-mod` when `main` asks for it. No signal is handled.

use exitmacro_benches::{hello, work};
use signal_mod::{Coordinator, ShutdownReason, hook_from_fn};

fn main() {
    let coordinator = Coordinator::builder().hook(hook_from_fn("handler", 0, |_| work())).build();
    hello();
    coordinator.run_hooks(ShutdownReason::Requested);
}
