//! Times the exit with one function, registered with libc's `atexit`.

extern "C" fn handler() {
    exitmacro_benches::work();
}

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(handler) };
    exitmacro_benches::time_exit();
}
