//! Any number of handlers, registered with libc's `atexit`.

extern "C" fn handler() {
    exitmacro_benches::work();
}

fn main() {
    let task = exitmacro_benches::Task::from_arguments();
    let count = task.count;
    task.run(|| {
        for _ in 0..count {
            // SAFETY: the callback has the type that `atexit` asks for.
            unsafe { libc::atexit(handler) };
        }
    });
}
