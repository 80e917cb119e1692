//! The unit tests may be started by a program that ignores SIGCHLD, or blocks it. This restores the
//! default: while it is ignored, no child can be waited for.
//!
//! `exitmacro_testing` does that for other tests. The published package does not contain it, and
//! its unit tests compile.

use core::{mem, ptr};

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static AT_LOAD: extern "C" fn() = at_load;
extern "C" fn at_load() {
    // SAFETY: no code runs as a handler.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    super::mask::unblock([libc::SIGCHLD]);
}
