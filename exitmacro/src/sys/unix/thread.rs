//! A thread that std does not know.

use core::ffi::c_void;
use std::io;

/// A thread that was started here. Dropped, it is left to itself.
pub(crate) struct PlainThread(libc::pthread_t);

impl PlainThread {
    /// Waits until it has ended, and what it had to drop is gone.
    pub(crate) fn join(self) {
        // SAFETY: the thread was started, and is neither waited for nor detached anywhere else.
        unsafe { libc::pthread_join(core::mem::ManuallyDrop::new(self).0, core::ptr::null_mut()) };
    }
}

impl Drop for PlainThread {
    fn drop(&mut self) {
        // SAFETY: the thread was started, and is neither waited for nor detached anywhere else.
        unsafe { libc::pthread_detach(self.0) };
    }
}

/// Does the work on a thread of its own. What the work leaves to be dropped at the end of its thread is dropped then.
pub(crate) fn start_thread<F: FnOnce() + Send + 'static>(work: F) -> io::Result<PlainThread> {
    extern "C" fn run<F: FnOnce()>(work: *mut c_void) -> *mut c_void {
        // SAFETY: it is the work that was put into a box below, and belongs to this thread.
        let work = unsafe { Box::from_raw(work.cast::<F>()) };
        work();
        core::ptr::null_mut()
    }

    let work = Box::into_raw(Box::new(work));
    let mut thread = core::mem::MaybeUninit::uninit();
    // SAFETY: the thread gets a function of the right type and its argument, which may go to another thread.
    let error = unsafe { libc::pthread_create(thread.as_mut_ptr(), core::ptr::null(), run::<F>, work.cast()) };
    if error != 0 {
        // SAFETY: there is no thread that has it.
        drop(unsafe { Box::from_raw(work) });
        return Err(io::Error::from_raw_os_error(error));
    }
    // SAFETY: the call has written it.
    Ok(PlainThread(unsafe { thread.assume_init() }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_work_is_done_on_another_thread() {
        let (tells, hears) = std::sync::mpsc::channel();
        let thread = super::start_thread(move || tells.send(crate::sys::thread_key()).expect("the test waits")).expect("a thread can be started");
        assert_ne!(hears.recv(), Ok(crate::sys::thread_key()));
        thread.join();
    }
}
