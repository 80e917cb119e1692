//! One handler that hangs, and is reported on a stderr that is not read. The first argument names
//! what happens meanwhile, the second which system calls exist.

use exitmacro::Handler;
use std::io::{Read, stdin};
use std::process::exit;
use std::thread;
use std::time::Duration;

fn main() {
    let [_, meanwhile, system] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let timeout = Duration::from_millis(if meanwhile == "others write too" { 10 } else { 100 });
    // Long enough to fill most of a page.
    let name: &'static str =
        if meanwhile == "others write too" { "x".repeat(3_000).leak() } else { "hangs" };
    let hang = || -> () {
        loop {
            thread::park();
        }
    };
    Handler::new(name).timeout(timeout).register(hang).expect("the run has not begun");
    match meanwhile.as_str() {
        "nothing" => {}
        "a timer that restarts calls" => tick(libc::SA_RESTART, 10_000),
        "a storm of signals" => tick(0, 500),
        // All processes begin when the test closes the pipe that is their stdin.
        "others write too" => _ = stdin().read_to_end(&mut Vec::new()),
        other => panic!("unknown: {other}"),
    }
    let missing: &[libc::c_long] = match system.as_str() {
        "all calls" => &[],
        "no pwritev2" => &[libc::SYS_pwritev2],
        "no pwritev2, no opening" => &[libc::SYS_pwritev2, libc::SYS_openat, libc::SYS_splice],
        other => panic!("unknown: {other}"),
    };
    if !missing.is_empty() && !without(missing) {
        println!(
            "left out: the kernel lets this process filter no system calls; \
             `CONFIG_SECCOMP_FILTER`, and a container that allows `prctl`"
        );
        // SAFETY: no preconditions.
        unsafe { libc::_exit(3) };
    }
    exit(3);
}

extern "C" fn nothing(_: libc::c_int) {}

/// Lets a signal interrupt this process at this interval in microseconds.
fn tick(flags: libc::c_int, microseconds: u16) {
    let interval = libc::timeval { tv_sec: 0, tv_usec: microseconds.into() };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: all zeroes is a valid action; the handler does nothing.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = flags;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()), 0);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
}

/// Makes these system calls fail from here on, as in an older kernel or a sandbox.
fn without(calls: &[libc::c_long]) -> bool {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = vec![step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0)];
    for &call in calls {
        program.push(step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, call as u32));
        program.push(step(
            libc::BPF_RET | libc::BPF_K,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
        ));
    }
    program.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW));
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the filter is valid, and copied by the kernel.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    }
}
