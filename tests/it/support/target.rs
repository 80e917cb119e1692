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

/// What handlers print in a process that ends through libc: by `exit` of C or std, or by the return
/// of a `main` without the attribute. Where the hook does not know the status, each `Some(3)` in
/// the text is `None`.
pub(crate) fn seen(text: &str) -> String {
    if target().hook_knows_status {
        return text.to_owned();
    }
    let mut parts = text.split("Some(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |seen, part| match part.split_once(')') {
        Some((code, rest)) if code.parse::<i32>().is_ok() => seen + "None" + rest,
        _ => seen + "Some(" + part,
    })
}

/// The same on this exit path of a program whose `main` has no attribute: `exitmacro::exit` itself
/// knows the status.
pub(crate) fn seen_after(exit_path: &str, text: &str) -> String {
    if exit_path.starts_with("exitmacro exit") { text.to_owned() } else { seen(text) }
}

/// What is printed only where the hook knows the status.
pub(crate) fn where_status_is_known(text: &str) -> &str {
    if target().hook_knows_status { text } else { "" }
}

/// The status of a process that was to end with `code` on this exit path, as above, but that
/// another thread ends, because the exiting one is lost inside libc. Where that is not known, it is
/// 1, as it may be a failure.
pub(crate) fn code_without_libc(exit_path: &str, code: i32) -> i32 {
    if target().hook_knows_status || exit_path.starts_with("exitmacro exit") { code } else { 1 }
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
