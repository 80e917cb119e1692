//! Unix: Linux with glibc or musl, Android, the BSDs, illumos, Apple.

use core::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod at_exit {
    //! glibc hands the exit status to callbacks of `__cxa_atexit`, which is what its `atexit` calls.

    use super::super::ExitHook;
    use core::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn __cxa_atexit(hook: extern "C" fn(*mut c_void, c_int), argument: *mut c_void, object: *mut c_void) -> c_int;
        static __dso_handle: u8;
    }

    extern "C" fn called_by_libc<H: ExitHook>(_argument: *mut c_void, status: c_int) {
        H::process_ends(Some(status));
    }

    pub(crate) fn install_hook<H: ExitHook>() -> bool {
        let object = &raw const __dso_handle;
        // SAFETY: the callback takes one argument more than the C prototype says; glibc calls it with both, and the C calling convention lets a callee
        // ignore or read an argument that the caller passes. `__dso_handle` is this object's own handle, so that `dlclose` calls the hook before
        // it unmaps it.
        unsafe { __cxa_atexit(called_by_libc::<H>, core::ptr::null_mut(), object.cast_mut().cast()) == 0 }
    }

    pub(crate) fn change_status(code: i32) -> ! {
        // glibc documents that functions registered with `atexit` may call `exit`: the rest of its list runs, with the new status.
        super::exit(code)
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod at_exit {
    //! `atexit` proper: the status is not known to the callback.

    use super::super::ExitHook;

    extern "C" fn called_by_libc<H: ExitHook>() {
        H::process_ends(None);
    }

    pub(crate) fn install_hook<H: ExitHook>() -> bool {
        // SAFETY: the callback has the type that `atexit` asks for.
        unsafe { libc::atexit(called_by_libc::<H>) == 0 }
    }

    pub(crate) fn change_status(code: i32) -> ! {
        // Recursive `exit` is undefined in POSIX and traps in recent musl, so the C streams are flushed here and the process ends.
        // SAFETY: a null stream means all of them.
        unsafe { libc::fflush(core::ptr::null_mut()) };
        super::exit_now(code)
    }
}

pub(crate) use at_exit::*;

pub(crate) fn process_id() -> u32 {
    std::process::id()
}

pub(crate) fn monotonic_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable. The call cannot fail: every Unix has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// What tells threads apart.
pub(crate) type ThreadKey = usize;

pub(crate) fn thread_key() -> ThreadKey {
    // SAFETY: `pthread_self` has no preconditions; it reads a register, so it works in any state of the thread.
    unsafe { libc::pthread_self() as ThreadKey }
}

pub(crate) fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    unsafe extern "C" {
        // Declared here because the libc crate types the callbacks as unsafe, which ours need not be.
        fn pthread_atfork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> c_int;
    }
    // SAFETY: the signature is the one of POSIX, and the three functions live as long as the object that holds them: libc forgets them at `dlclose`.
    unsafe { pthread_atfork(prepare, parent, child) == 0 }
}

#[cfg(not(target_vendor = "apple"))]
pub(crate) fn is_in_main_program(code: *const ()) -> bool {
    struct Search {
        address: usize,
        found: bool,
    }

    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _size: usize, data: *mut c_void) -> c_int {
        // SAFETY: `dl_iterate_phdr` passes a valid entry, and `data` is the `Search` given to it below.
        let (info, search) = unsafe { (&*info, &mut *data.cast::<Search>()) };
        for index in 0..usize::from(info.dlpi_phnum) {
            // SAFETY: the entry has `dlpi_phnum` headers.
            let header = unsafe { &*info.dlpi_phdr.add(index) };
            let start = (info.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
            if header.p_type == libc::PT_LOAD && search.address.wrapping_sub(start) < header.p_memsz as usize {
                search.found = true;
            }
        }
        // The executable comes first; the others do not matter.
        1
    }

    let mut search = Search { address: code as usize, found: false };
    // SAFETY: `visit` has the right type and `search` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    search.found
}

#[cfg(target_vendor = "apple")]
pub(crate) fn is_in_main_program(code: *const ()) -> bool {
    unsafe extern "C" {
        fn _dyld_get_image_header(index: u32) -> *const c_void;
    }
    // SAFETY: image 0 is the executable and always there.
    let main = unsafe { _dyld_get_image_header(0) };
    object_of(code).is_some_and(|info| info.dli_fbase.cast_const() == main)
}

fn object_of(code: *const ()) -> Option<libc::Dl_info> {
    let mut info = core::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for, and `info` is writable.
    let known = unsafe { libc::dladdr(code.cast(), info.as_mut_ptr()) } != 0;
    // SAFETY: all zeroes is a valid `Dl_info`, and `dladdr` only writes valid ones.
    known.then(|| unsafe { info.assume_init() })
}

pub(crate) fn keep_loaded(code: *const ()) {
    if let Some(info) = object_of(code) {
        // SAFETY: `dli_fname` is a C string owned by the loader. The handle is leaked on purpose: it is what pins the object.
        unsafe { libc::dlopen(info.dli_fname, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE) };
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: `getauxval` has no preconditions.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: these four have no preconditions.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// How long a line may wait for a reader of stderr, in milliseconds. After the first line that nobody reads, the others do not wait.
const STDERR_PATIENCE: c_int = 100;

pub(crate) fn write_stderr(bytes: &[u8]) {
    static NOBODY_READS: AtomicBool = AtomicBool::new(false);
    without_sigpipe(|| {
        // At most a page at a time: a pipe that polls as writable takes that much without blocking.
        for piece in bytes.chunks(4096) {
            let patience = if NOBODY_READS.load(Relaxed) { 0 } else { STDERR_PATIENCE };
            let mut request = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
            // SAFETY: one request, valid and writable.
            if unsafe { libc::poll(&raw mut request, 1, patience) } == 0 {
                NOBODY_READS.store(true, Relaxed);
                return;
            }
            // SAFETY: the buffer is valid for its length. Errors are ignored: there is nowhere left to report them.
            unsafe { libc::write(libc::STDERR_FILENO, piece.as_ptr().cast(), piece.len()) };
        }
    });
}

/// Runs `write` so that a closed pipe is an error of `write(2)` and not the end of the process. Rust executables ignore `SIGPIPE`, but a C program that loaded us may
/// not.
fn without_sigpipe(write: impl FnOnce()) {
    let was_pending = sigpipe::is_pending();
    let before = sigpipe::block();
    write();
    // One that was pending before is left pending; one that the write raised is taken back, so that it is not delivered when the mask is restored.
    if !was_pending && sigpipe::is_pending() {
        sigpipe::take();
    }
    sigpipe::restore(&before);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sigpipe {
    //! The system calls themselves: libc has six functions for this, and the loader of a Rust program looks each of them up before `main`, for 700 instructions a
    //! name, whether it is ever called or not.

    use core::ffi::c_ulong;
    use core::ptr::null;

    /// The kernel's set of signals: 64 of them, 128 on MIPS.
    const BYTES: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };
    pub(super) type Mask = [c_ulong; BYTES / size_of::<c_ulong>()];

    const BIT: c_ulong = 1 << (libc::SIGPIPE - 1);

    static ONLY: Mask = {
        let mut mask: Mask = [0; BYTES / size_of::<c_ulong>()];
        mask[0] = BIT;
        mask
    };

    pub(super) fn is_pending() -> bool {
        let mut pending = Mask::default();
        // SAFETY: the set is writable, and has the size that the kernel is told.
        unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut pending, BYTES) };
        pending[0] & BIT != 0
    }

    /// Blocks the signal on the calling thread, and returns what was blocked before.
    pub(super) fn block() -> Mask {
        let mut before = Mask::default();
        // SAFETY: both sets are valid for the size that the kernel is told; the mask is that of the calling thread.
        unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_BLOCK, &raw const ONLY, &raw mut before, BYTES) };
        before
    }

    pub(super) fn take() {
        // Two words are a `timespec` of any kernel, and zero means not to wait.
        let at_once = [0_i64; 2];
        // SAFETY: the set and the time are valid; nothing is asked about the signal.
        unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, &raw const ONLY, null::<u8>(), &raw const at_once, BYTES) };
    }

    pub(super) fn restore(before: &Mask) {
        // SAFETY: the set is the one that the kernel filled in.
        unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, core::ptr::from_ref(before), null::<u8>(), BYTES) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod sigpipe {
    use core::ptr::null_mut;

    pub(super) type Mask = libc::sigset_t;

    fn only_sigpipe() -> Mask {
        // SAFETY: a set is plain memory, which `sigemptyset` initialises.
        unsafe {
            let mut mask: Mask = core::mem::zeroed();
            libc::sigemptyset(&raw mut mask);
            libc::sigaddset(&raw mut mask, libc::SIGPIPE);
            mask
        }
    }

    pub(super) fn is_pending() -> bool {
        // SAFETY: a set is plain memory, which `sigpending` fills in.
        unsafe {
            let mut pending: Mask = core::mem::zeroed();
            libc::sigpending(&raw mut pending);
            libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
        }
    }

    /// Blocks the signal on the calling thread, and returns what was blocked before.
    pub(super) fn block() -> Mask {
        // SAFETY: both sets are valid; the mask is that of the calling thread.
        unsafe {
            let mut before: Mask = core::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, &only_sigpipe(), &raw mut before);
            before
        }
    }

    pub(super) fn take() {
        let mut taken = 0;
        // SAFETY: the signal is pending and blocked, so this does not wait.
        unsafe { libc::sigwait(&only_sigpipe(), &raw mut taken) };
    }

    pub(super) fn restore(before: &Mask) {
        // SAFETY: the set is the one that `pthread_sigmask` filled in.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, core::ptr::from_ref(before), null_mut()) };
    }
}

pub(crate) fn exit(code: i32) -> ! {
    // Not `std::process::exit`: it parks its caller for ever when another thread called it first, and that thread may be one of ours.
    // SAFETY: `exit` may be called in any state; the run state decides which thread gets here.
    unsafe { libc::exit(code) }
}

pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

pub(crate) fn park_forever() -> ! {
    loop {
        // SAFETY: `pause` has no preconditions. `std::thread::park` would need thread-locals.
        unsafe { libc::pause() };
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod watch {
    //! std parks a thread that calls `std::process::exit` while another one is exiting in `pause(2)`, which `/proc` shows.

    use std::fs::File;
    use std::io::Read;

    /// A thread that can be looked at from another one.
    #[derive(Clone, Copy)]
    pub(crate) struct ThreadWatch(libc::pid_t);

    impl ThreadWatch {
        pub(crate) const CAN_TELL: bool = true;

        pub(crate) fn current() -> Self {
            // SAFETY: `gettid` has no preconditions.
            Self(unsafe { libc::gettid() })
        }

        pub(crate) fn is_parked(self) -> bool {
            let mut call = [0; 8];
            let read = File::open(format!("/proc/self/task/{}/syscall", self.0)).and_then(|mut file| file.read(&mut call));
            // The number of the call stands first, in decimal.
            let pause = const { [b'0' + (libc::SYS_pause / 10) as u8, b'0' + (libc::SYS_pause % 10) as u8, b' '] };
            read.is_ok() && call.starts_with(&pause)
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod watch {
    //! No way to look at another thread here: a parked one is found out by its timeout.

    #[derive(Clone, Copy)]
    pub(crate) struct ThreadWatch;

    impl ThreadWatch {
        pub(crate) const CAN_TELL: bool = false;

        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn is_parked(self) -> bool {
            false
        }
    }
}

pub(crate) use watch::ThreadWatch;
