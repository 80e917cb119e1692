//! The unit tests may be started by a program that ignores or blocks signals, which they and the
//! children that they start inherit. This restores the defaults: while SIGCHLD is ignored, no child
//! can be waited for, and a child that ignores SIGTERM ends by SIGKILL only.
//!
//! `exitmacro_testing` does that for other tests. The published package does not contain it, and
//! its unit tests compile.

// Not under Miri, which does not know `signal`.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(any(target_vendor = "apple", miri)), unsafe(link_section = ".init_array"))]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    let signals = [libc::SIGCHLD, libc::SIGTERM];
    for signal in signals {
        // SAFETY: no code runs as a handler.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    super::mask::unblock(signals);
}
