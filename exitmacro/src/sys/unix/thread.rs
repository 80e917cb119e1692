//! A thread that std does not know.

use core::ffi::c_void;
use std::io;

/// Does the work on a thread of its own, and waits for it. What the work leaves to be dropped at the end of its thread is dropped then.
pub(crate) fn on_another_thread<T: Send, F: FnOnce() -> T + Send>(work: F) -> io::Result<T> {
    struct Errand<F, T> {
        work: Option<F>,
        output: Option<T>,
    }

    extern "C" fn run<T, F: FnOnce() -> T>(errand: *mut c_void) -> *mut c_void {
        // SAFETY: it is the errand below, which only this thread uses until it has ended.
        let errand = unsafe { &mut *errand.cast::<Errand<F, T>>() };
        errand.output = errand.work.take().map(|work| work());
        core::ptr::null_mut()
    }

    let mut errand = Errand::<F, T> { work: Some(work), output: None };
    let mut thread = core::mem::MaybeUninit::uninit();
    // SAFETY: the thread gets a function of the right type and an argument that outlives it, for it is waited for. What the work takes and returns may go to another thread.
    let error = unsafe { libc::pthread_create(thread.as_mut_ptr(), core::ptr::null(), run::<T, F>, (&raw mut errand).cast()) };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    // SAFETY: the thread was started, and is waited for once.
    unsafe { libc::pthread_join(thread.assume_init(), core::ptr::null_mut()) };
    errand.output.ok_or_else(|| io::Error::other("the thread ended early"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_work_returns_comes_back_from_another_thread() {
        let here = crate::sys::thread_key();
        let there = super::on_another_thread(crate::sys::thread_key).expect("a thread can be started");
        assert_ne!(here, there);
    }
}
