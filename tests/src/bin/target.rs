//! Prints what the target of the scenario programs can do, a fact a line. The tests ask it once, so
//! that they hold for programs that were built for another target than the tests. What a process
//! can find out of itself, a child tries.

#[cfg(unix)]
use exitmacro::ExitContext;

#[cfg(unix)]
mod forked;

fn main() {
    println!("libc: {}", libc());
    println!("the hook knows the status: {}", hook_knows_status());
    println!("one thread may exit: {}", one_thread_may_exit());
    println!("parked threads are recognised: {}", parked_threads_are_recognised());
    println!("a program can replace `exit`: {}", !has_own_exit() && !is_static());
    println!("the status changes inside `exit`: {}", status_changes_inside_exit());
}

fn libc() -> &'static str {
    if cfg!(windows) {
        "the C runtime of Windows"
    } else if cfg!(target_env = "gnu") {
        "glibc"
    } else if cfg!(target_env = "musl") {
        "musl"
    } else {
        "another libc"
    }
}

/// Whether a handler sees the status of C `exit`.
#[cfg(unix)]
fn hook_knows_status() -> bool {
    let Some(child) = forked::fork() else {
        let sees = |exit: &ExitContext| -> () {
            // SAFETY: the child ends here.
            unsafe { libc::_exit(if exit.code() == Some(3) { YES } else { NO }) }
        };
        exitmacro::register(sees).expect("the child has not run anything");
        // SAFETY: the child has one thread.
        unsafe { libc::exit(3) }
    };
    answer(child)
}

/// Whether a handler can change the status and the rest of libc's list is called all the same.
#[cfg(unix)]
fn status_changes_inside_exit() -> bool {
    extern "C" fn rest_is_called() {
        // SAFETY: the child ends here.
        unsafe { libc::_exit(YES) }
    }
    let Some(child) = forked::fork() else {
        // SAFETY: the function has no preconditions.
        assert_eq!(unsafe { libc::atexit(rest_is_called) }, 0);
        exitmacro::arm();
        let changes = |exit: &ExitContext| exit.set_code(NO);
        exitmacro::register(changes).expect("the child has not run anything");
        // SAFETY: the child has one thread.
        unsafe { libc::exit(3) }
    };
    answer(child)
}

/// How a child answers.
#[cfg(unix)]
const YES: i32 = 10;
#[cfg(unix)]
const NO: i32 = 11;

#[cfg(unix)]
fn answer(child: libc::pid_t) -> bool {
    match forked::wait_for(child) {
        YES => true,
        NO => false,
        other => panic!("the child ended with {other}"),
    }
}

#[cfg(not(unix))]
fn hook_knows_status() -> bool {
    true
}

#[cfg(not(unix))]
fn status_changes_inside_exit() -> bool {
    false
}

/// Whether `exit` is the crate's.
fn has_own_exit() -> bool {
    cfg!(all(
        target_env = "musl",
        any(target_arch = "aarch64", target_arch = "x86", target_arch = "x86_64")
    ))
}

fn is_static() -> bool {
    cfg!(target_feature = "crt-static")
}

/// Whether libc's `exit` lets one thread in and stops all others, as glibc does from 2.41 on.
#[cfg(all(unix, target_env = "gnu"))]
fn one_thread_may_exit() -> bool {
    // SAFETY: the version is a C string that stays.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    let mut numbers = version
        .to_str()
        .expect("a version is ASCII")
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(2), Some(41))
}

/// musl does so since 1.2.6. In a static program the crate replaces its `exit`.
#[cfg(not(all(unix, target_env = "gnu")))]
fn one_thread_may_exit() -> bool {
    false
}

fn parked_threads_are_recognised() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}
