//! A thread that std does not know.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use std::io;

/// A thread that was started here. A drop detaches it.
pub(crate) struct PlainThread(libc::pthread_t);

// SAFETY: the key of a thread, which is a pointer on some systems, may be used on any other thread;
// it is used once, to join or to detach the thread.
unsafe impl Send for PlainThread {}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl PlainThread {
    /// Waits until it has ended, and its destructors have run.
    pub(crate) fn join(self) {
        // SAFETY: the thread was started, and no other code joins or detaches it.
        unsafe { libc::pthread_join(core::mem::ManuallyDrop::new(self).0, core::ptr::null_mut()) };
    }
}

impl Drop for PlainThread {
    fn drop(&mut self) {
        // SAFETY: the thread was started, and no other code joins or detaches it.
        unsafe { libc::pthread_detach(self.0) };
    }
}

/// Does the work on a new thread. Thread-locals that the work leaves are dropped at the end of the
/// thread. Without a size, the stack has the system's default size.
pub(crate) fn start_thread<F: FnOnce() + Send + 'static>(
    stack_size: Option<usize>,
    work: F,
) -> io::Result<PlainThread> {
    extern "C" fn run<F: FnOnce()>(work: *mut c_void) -> *mut c_void {
        // SAFETY: it is the work that was put into a box below, and belongs to this thread.
        let work = unsafe { Box::from_raw(work.cast::<F>()) };
        work();
        core::ptr::null_mut()
    }

    let work = Box::into_raw(Box::new(work));
    // SAFETY: the argument is of the function's type, and may go to another thread.
    unsafe { create(stack_size, run::<F>, work.cast()) }.map_err(|error| {
        // SAFETY: no thread has it.
        drop(unsafe { Box::from_raw(work) });
        io::Error::from_raw_os_error(error)
    })
}

/// Calls the function on a new thread. Returns the number of an error if there is none.
///
/// # Safety
///
/// The function may be called with the argument, once, on another thread.
unsafe fn create(
    stack_size: Option<usize>,
    run: extern "C" fn(*mut c_void) -> *mut c_void,
    work: *mut c_void,
) -> Result<PlainThread, c_int> {
    let attributes = stack_size.and_then(Attributes::with_stack_size);
    let attributes =
        attributes.as_ref().map_or(core::ptr::null(), |attributes| &raw const attributes.0);
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the attributes are null or live until the end of this function; the rest is the
    // contract of this function.
    let error = unsafe { libc::pthread_create(thread.as_mut_ptr(), attributes, run, work) };
    if error != 0 {
        return Err(error);
    }
    // SAFETY: the call has written it.
    Ok(PlainThread(unsafe { thread.assume_init() }))
}

struct Attributes(libc::pthread_attr_t);

impl Attributes {
    /// `None` when the system rejects that size.
    fn with_stack_size(size: usize) -> Option<Self> {
        // Some systems accept whole pages only, and none of theirs is larger.
        const PAGE: usize = 64 * 1024;
        let size = size.max(libc::PTHREAD_STACK_MIN).checked_next_multiple_of(PAGE)?;
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the memory is writable.
        if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call has written it.
        let mut attributes = Self(unsafe { attributes.assume_init() });
        // SAFETY: the attributes are valid until they are dropped.
        (unsafe { libc::pthread_attr_setstacksize(&raw mut attributes.0, size) } == 0)
            .then_some(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: they were initialised, and are destroyed once.
        unsafe { libc::pthread_attr_destroy(&raw mut self.0) };
    }
}

/// Gives the calling thread a name, if the system accepts it: debuggers and `ps` show it.
pub(crate) fn name_this_thread(name: &str) {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        /// With the zero. Linux accepts no more.
        const MOST: usize = 16;
        let mut text = [0_u8; MOST];
        for (place, byte) in text[..MOST - 1].iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        #[cfg(not(target_vendor = "apple"))]
        // SAFETY: the text ends with a zero.
        unsafe {
            libc::syscall(libc::SYS_prctl, libc::PR_SET_NAME, text.as_ptr())
        };
        #[cfg(target_vendor = "apple")]
        // SAFETY: the text ends with a zero.
        unsafe {
            libc::pthread_setname_np(text.as_ptr().cast())
        };
    }
    _ = name;
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_work_is_done_on_another_thread() {
        let (tells, hears) = std::sync::mpsc::channel();
        let work = move || tells.send(crate::sys::thread_key()).expect("the test waits");
        super::start_thread(None, work).expect("a thread can be started");
        assert_ne!(hears.recv().expect("the thread tells"), crate::sys::thread_key());
    }

    #[test]
    fn its_stack_is_as_large_as_was_asked_for() {
        #[inline(never)]
        fn uses_a_mebibyte() -> u8 {
            std::hint::black_box([1_u8; 1 << 20])[usize::from(std::hint::black_box(7_u8))]
        }
        for size in [0, 3 << 20, (3 << 20) + 1] {
            let (tells, hears) = std::sync::mpsc::channel();
            let work = move || _ = tells.send(if size == 0 { 1 } else { uses_a_mebibyte() });
            super::start_thread(Some(size), work).expect("a thread can be started");
            assert_eq!(hears.recv(), Ok(1));
        }
        assert!(super::start_thread(Some(usize::MAX), || ()).is_ok(), "with another size");
    }
}
