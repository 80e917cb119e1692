//! The surroundings of test programs and of the programs that they start: they inherit the same,
//! whether a shell, a terminal, `nohup` or a CI runner started the tests.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

/// Gives this test program, before its `main`, and so every process that it starts, the usual
/// surroundings:
///
/// - no variable that exitmacro reads, nor others that change what is printed; `EXITMACRO_TESTS_…`
///   and `EXITMACRO_SCENARIOS…` are for the tests themselves;
/// - more tests run concurrently than there are cores;
/// - no signal is ignored or blocked. Signals that were ignored still have no effect on the test
///   program, so that `nohup` works;
/// - an empty stdin, the file mode mask 022, no core dumps;
/// - a folder for temporary files whose path is absolute and short enough for sockets in it.
///
/// `isolate!(files)` does only what the last two lines name. It is for test programs that other
/// tests start with variables, and that handle signals themselves.
#[macro_export]
macro_rules! isolate {
    () => {
        $crate::isolate!(@ $crate::isolate);
    };
    (files) => {
        $crate::isolate!(@ $crate::isolate_files);
    };
    (@ $function:expr) => {
        // SAFETY: the loader calls the function once, on the only thread, after libc is ready.
        #[cfg(unix)]
        const _: () = {
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
            #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
            static AT_LOAD: extern "C" fn() = $function;
        };
    };
}

/// How many tests run at the same time, for the test harness of Rust.
const THREADS: &str = "RUST_TEST_THREADS";

#[doc(hidden)]
pub extern "C" fn isolate() {
    for name in variables() {
        // SAFETY: see `isolate!`.
        unsafe { env::remove_var(name) };
    }
    // Most tests wait for programs that wait themselves.
    if env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // SAFETY: see `isolate!`.
        unsafe { env::set_var(THREADS, cores.max((3 * cores).min(12)).to_string()) };
    }
    #[cfg(unix)]
    unix::isolate_signals();
    isolate_files();
}

#[doc(hidden)]
pub extern "C" fn isolate_files() {
    #[cfg(unix)]
    unix::isolate_files();
}

/// Gives a program the usual surroundings, even where the test program has others. Variables that
/// the command sets itself stay.
///
/// Stdin is empty. A command with another stdin sets it afterwards.
pub fn prepare(command: &mut Command) -> &mut Command {
    let own: Vec<OsString> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for name in variables().into_iter().chain([THREADS.into()]).filter(|name| !own.contains(name)) {
        command.env_remove(name);
    }
    if !own.iter().any(|name| name == "RUST_BACKTRACE") {
        command.env("RUST_BACKTRACE", "0");
    }
    #[cfg(unix)]
    unix::prepare(command);
    command.stdin(Stdio::null())
}

/// The variables of this process that a program must not inherit.
fn variables() -> Vec<OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| changes_a_program(name)).collect()
}

fn changes_a_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_for_tests =
        ["EXITMACRO_TESTS_", "EXITMACRO_SCENARIOS"].iter().any(|prefix| name.starts_with(prefix));
    let is_ours = name.starts_with("EXITMACRO_") && !is_for_tests;
    // The first one is read by exitmacro, the others by std, the compiler and the macros in it,
    // tokio, and crates that print in colours; and those of PostgreSQL by its clients.
    const OTHERS: [&str; 8] = [
        "NOTIFY_SOCKET",
        "RUST_LIB_BACKTRACE",
        "RUST_MIN_STACK",
        "RUSTC_BOOTSTRAP",
        "TOKIO_WORKER_THREADS",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        "NO_COLOR",
    ];
    is_ours || OTHERS.contains(&&*name) || (name.starts_with("PG") && name.len() > 2)
}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::{mem, ptr};

    /// Linux has the most signals. Other systems refuse the numbers that they do not have.
    const SIGNALS: std::ops::RangeInclusive<i32> = 1..=64;

    pub(super) fn isolate_signals() {
        stop_ignoring_signals();
        unblock_signals();
    }

    pub(super) fn isolate_files() {
        empty_stdin();
        // Children cannot be waited for where this signal is ignored. SAFETY: no preconditions.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        // SAFETY: neither has preconditions, and the limit is a valid one.
        unsafe {
            libc::umask(0o022);
            let mut core: libc::rlimit = mem::zeroed();
            if libc::getrlimit(libc::RLIMIT_CORE, &raw mut core) == 0 {
                core.rlim_cur = 0;
                libc::setrlimit(libc::RLIMIT_CORE, &raw const core);
            }
        }
        if let Some(folder) = temporary_folder() {
            // SAFETY: see `isolate!`.
            unsafe { env::set_var("TMPDIR", folder) };
        }
    }

    /// When another program is executed, a signal with a handler gets its default action back, and
    /// an ignored signal stays ignored. So the signals that this program inherited as ignored get a
    /// handler that does nothing.
    fn stop_ignoring_signals() {
        extern "C" fn ignore(_signal: i32) {}
        let ignore: extern "C" fn(i32) = ignore;
        for signal in SIGNALS {
            // SAFETY: the pointers are to values of this function or null, and the handler does
            // nothing.
            unsafe {
                let mut action: libc::sigaction = mem::zeroed();
                let is_ignored = libc::sigaction(signal, ptr::null(), &raw mut action) == 0
                    && action.sa_sigaction == libc::SIG_IGN;
                // std ignores the first one itself, and restores it in programs that it starts.
                // With a handler for the others, a background process that uses its terminal would
                // retry for ever.
                if !is_ignored || [libc::SIGPIPE, libc::SIGTTIN, libc::SIGTTOU].contains(&signal) {
                    continue;
                }
                // Ended processes can be waited for only where this signal is not ignored. Its
                // default action does nothing either.
                action.sa_sigaction = if signal == libc::SIGCHLD {
                    libc::SIG_DFL
                } else {
                    ignore as libc::sighandler_t
                };
                action.sa_flags = libc::SA_RESTART;
                libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
        }
    }

    /// Async-signal-safe.
    fn unblock_signals() {
        // SAFETY: the set is made by the first call.
        unsafe {
            let mut none: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        }
    }

    fn empty_stdin() {
        // SAFETY: the path ends with a zero, and the descriptors are this function's, or stdin,
        // which nothing uses yet.
        unsafe {
            let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY);
            if null > 0 {
                libc::dup2(null, 0);
                libc::close(null);
            }
        }
    }

    /// The path of a socket has at most 107 bytes, and this is the part of it that tests do not
    /// choose.
    const LONGEST: usize = 50;

    /// The folder that the environment names, if it is absolute and short enough; otherwise one
    /// that every system has.
    fn temporary_folder() -> Option<PathBuf> {
        let named = env::temp_dir();
        let is_named =
            named.is_absolute() && named.as_os_str().len() <= LONGEST && is_usable(&named);
        if is_named {
            return Some(named);
        }
        let usual =
            ["/tmp", "/var/tmp"].into_iter().map(PathBuf::from).find(|folder| is_usable(folder));
        usual.or_else(|| std::path::absolute(named).ok())
    }

    /// Other users must have access too, because some tests run programs as another user.
    fn is_usable(folder: &Path) -> bool {
        let allows = |folder: &Path, rights: u32| {
            folder
                .metadata()
                .is_ok_and(|found| found.is_dir() && found.permissions().mode() & rights == rights)
        };
        allows(folder, 0o003) && folder.ancestors().all(|folder| allows(folder, 0o001))
    }

    pub(super) fn prepare(command: &mut Command) {
        let set = || {
            for signal in SIGNALS {
                // SAFETY: no code runs as a handler, the signal only gets its default effect back.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            unblock_signals();
            // SAFETY: no preconditions.
            unsafe { libc::umask(0o022) };
            Ok(())
        };
        // SAFETY: the closure only makes system calls.
        unsafe { command.pre_exec(set) };
    }
}
