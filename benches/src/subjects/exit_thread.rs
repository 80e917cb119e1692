//! Times the exit with one function that starts a thread and waits for it: the least that a handler
//! which can be abandoned costs.

extern "C" fn start_and_join() {
    _ = std::thread::spawn(exitmacro_benches::work).join();
}

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(start_and_join) };
    exitmacro_benches::time_exit();
}
