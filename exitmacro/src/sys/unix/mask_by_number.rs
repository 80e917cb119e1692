//! By system call: libc has seven functions for this, and the loader of a Rust program looks each
//! of them up before `main`, for 700 instructions a name, whether it is called or not.

use core::ffi::{c_int, c_ulong};
use core::ptr::null;

/// The kernel's set of signals: 64 of them, 128 on MIPS.
const BYTES: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };
const BITS: usize = c_ulong::BITS as usize;

#[derive(Clone, Copy)]
pub(super) struct Mask([c_ulong; BYTES / size_of::<c_ulong>()]);

impl Mask {
    /// These signals. A number that is no signal is left out.
    pub(super) fn of(signals: impl IntoIterator<Item = c_int>) -> Self {
        let mut mask = [0; BYTES / size_of::<c_ulong>()];
        for signal in signals {
            if let Some((word, bit)) = place(signal)
                && let Some(word) = mask.get_mut(word)
            {
                *word |= bit;
            }
        }
        Self(mask)
    }

    pub(super) fn has(&self, signal: c_int) -> bool {
        place(signal)
            .is_some_and(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// The word of a signal, and its bit there.
fn place(signal: c_int) -> Option<(usize, c_ulong)> {
    let index = usize::try_from(signal).ok()?.checked_sub(1)?;
    Some((index / BITS, 1 << (index % BITS)))
}

/// Changes the mask of the calling thread, and returns the one before.
pub(super) fn change(how: c_int, mask: &Mask) -> Mask {
    let mut before = Mask::of([]);
    // SAFETY: both sets are valid for the size that is passed to the kernel.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            how,
            core::ptr::from_ref(mask),
            &raw mut before,
            BYTES,
        )
    };
    before
}

/// Whether the signal waits until the calling thread receives it.
pub(crate) fn is_pending(signal: c_int) -> bool {
    let mut pending = Mask::of([]);
    // SAFETY: the set is writable, and has the size that is passed to the kernel.
    unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut pending, BYTES) };
    pending.has(signal)
}

/// Takes a signal that is blocked and pending.
pub(crate) fn take(signal: c_int) {
    // Two words are a `timespec` of any kernel, and zero means not to wait.
    let (only, at_once) = (Mask::of([signal]), [0_i64; 2]);
    // SAFETY: the set and the time are valid; no information about the signal is requested.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &raw const only,
            null::<u8>(),
            &raw const at_once,
            BYTES,
        )
    };
}
