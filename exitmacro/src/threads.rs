//! Starting a thread, where std's way alone would not do.

use crate::{environment, sys};
use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread of that name.
pub(crate) fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    let mut builder = Builder::new().name(name.to_owned());
    // In a forked child, where std must not ask the environment for it.
    if let Some(size) = environment::stack_size() {
        builder = builder.stack_size(size);
    }
    if sys::is_in_main_program(environment::stack_size as *const ()) {
        return builder.spawn(work);
    }
    // std leaves something to be dropped on a thread that has started another one. On a thread of the program that would keep this object, which has the code for it, mapped as long as that thread lives.
    sys::on_another_thread(|| builder.spawn(work))?
}
