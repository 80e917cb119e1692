//! Prints what the target of the scenario programs can do, a fact a line. The tests ask it once, so
//! that they hold for programs that were built for another target than the tests.

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

fn hook_knows_status() -> bool {
    cfg!(any(windows, target_env = "gnu")) || has_own_exit()
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

/// Whether a handler can change the status and the rest of libc's list is called all the same.
fn status_changes_inside_exit() -> bool {
    cfg!(all(unix, target_env = "gnu")) || (has_own_exit() && is_static())
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
