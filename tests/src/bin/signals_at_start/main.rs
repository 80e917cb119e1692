//! Handles signals, and prints at once whether the watching thread has finished its start, during
//! which it would hold locks of std.

#[cfg(target_os = "linux")]
mod linux;

#[exitmacro::main(signals)]
fn main() {
    #[cfg(target_os = "linux")]
    {
        let has_started = linux::HAS_STARTED.load(std::sync::atomic::Ordering::SeqCst);
        println!("the watching thread has started: {has_started}");
    }
}
