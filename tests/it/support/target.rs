//! What the target of the scenario programs can do, which may be another one than that of the
//! tests.

use super::lines::{PERHAPS_PARKED, TIMED_OUT};
use super::scenario::scenario;
use std::sync::OnceLock;

pub(crate) struct Target {
    /// `glibc`, `musl` or `another libc`.
    pub(crate) libc: String,
    pub(crate) hook_knows_status: bool,
    /// libc's `exit` lets one thread in and stops all others.
    pub(crate) one_thread_may_exit: bool,
    /// A thread that std has stopped in `std::process::exit` is recognised before its timeout.
    pub(crate) parked_threads_are_recognised: bool,
    /// A program can put a function before libc's `exit`, which calls that.
    pub(crate) exit_can_be_replaced: bool,
    /// A handler can change the status, and the rest of libc's list is called all the same.
    pub(crate) status_changes_inside_exit: bool,
}

impl Target {
    /// Whether std destroys the thread-locals of `main` at exit, and the end of a thread is known
    /// after the destructors of C libraries.
    pub(crate) fn is_glibc(&self) -> bool {
        self.libc == "glibc"
    }
}

/// What a line says of a handler that std has parked in `std::process::exit`. It gets its whole
/// timeout where that is not recognised.
pub(crate) fn parked() -> String {
    if target().parked_threads_are_recognised {
        "timed out after _s: it called `std::process::exit`, which never returns in a process that \
         is already exiting; use `exitmacro::exit` instead"
            .to_owned()
    } else {
        format!("{TIMED_OUT}{PERHAPS_PARKED}")
    }
}

/// What a line says only where the system shows what other threads are.
pub(crate) fn where_threads_are_shown(text: &str) -> &str {
    if target().parked_threads_are_recognised { text } else { "" }
}

/// Asks a program once.
pub(crate) fn target() -> &'static Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let ended = scenario!("target").run();
        assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
        let fact = |name: &str| {
            let fact =
                ended.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            fact.unwrap_or_else(|| panic!("it does not say `{name}`: {ended:?}"))
        };
        let is = |name: &str| fact(name).parse().expect("`true` or `false`");
        Target {
            libc: fact("libc").to_owned(),
            hook_knows_status: is("the hook knows the status"),
            one_thread_may_exit: is("one thread may exit"),
            parked_threads_are_recognised: is("parked threads are recognised"),
            exit_can_be_replaced: is("a program can replace `exit`"),
            status_changes_inside_exit: is("the status changes inside `exit`"),
        }
    })
}
