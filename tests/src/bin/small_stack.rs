//! Ends the process as the first argument names, on a C thread with the smallest stack, while a
//! handler does what the second argument names. With `PAINT` in the environment it prints how much
//! of a larger stack was used.

use core::ffi::c_void;
use exitmacro::{ExitContext, Handler, at_exit};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

static EXIT_PATH: OnceLock<String> = OnceLock::new();

/// `PTHREAD_STACK_MIN` of glibc on x86_64. On other systems it may be less than any program can
/// use.
const SMALLEST: usize = 16 * 1024;

/// A stack to measure.
const LARGE: usize = 256 * 1024;
const PAINT: u8 = 0xa5;
static PAINTED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    /// POSIX has it; the crate libc lacks it for some systems.
    fn pthread_attr_setstack(
        attributes: *mut libc::pthread_attr_t,
        stack: *mut c_void,
        length: usize,
    ) -> libc::c_int;
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

extern "C" fn end(_argument: *mut c_void) -> *mut c_void {
    match EXIT_PATH.get().map(String::as_str) {
        Some("std exit") => std::process::exit(3),
        // SAFETY: only this thread exits.
        Some("c exit") => unsafe { libc::exit(3) },
        Some("exitmacro exit") => exitmacro::exit(3),
        Some("run by hand") => _ = exitmacro::run(),
        other => panic!("unknown exit path: {other:?}"),
    }
    // SAFETY: the handlers have run.
    unsafe { libc::exit(3) }
}

extern "C" fn say_depth() {
    let bottom = PAINTED.load(Relaxed) as *const u8;
    // SAFETY: the stack is mapped, and stays so.
    let untouched = unsafe { std::slice::from_raw_parts(bottom, LARGE) }
        .iter()
        .take_while(|&&byte| byte == PAINT)
        .count();
    println!("used: {}", LARGE - untouched);
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let paints = std::env::var_os("PAINT").is_some();
    if paints {
        // SAFETY: the function has the type that `atexit` asks for. It is called after the hook,
        // which `arm` puts before it.
        unsafe { libc::atexit(say_depth) };
        exitmacro::arm();
    }
    let [_, exit_path, inside] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    EXIT_PATH.set(exit_path).expect("set once");
    let hangs = || loop {
        thread::park();
    };
    let middle = Handler::new("middle")
        .timeout(Duration::from_millis(if inside.contains("hangs") { 100 } else { 20_000 }));
    let registered = match inside.as_str() {
        "fails after many" | "fails after edges" => {
            let mut last = None;
            for number in 0..200 {
                let handler = Handler::new("one of many").priority(number);
                let handler = if inside == "fails after edges" {
                    last.into_iter().fold(handler, Handler::after_id)
                } else {
                    handler
                };
                last = Some(handler.register(|| ()).expect("the run has not begun"));
            }
            middle.register(|| Err("no luck"))
        }
        "fails" => middle.register(|| Err("no luck")),
        "panics" => middle.register(|| -> () { panic!("no luck") }),
        "exits" => middle.register(|| -> () { exitmacro::exit(7) }),
        "hangs" => middle.register(move || -> () { hangs() }),
        "fails on the caller" => middle.on_caller().register(|| Err("no luck")),
        "exits on the caller" => middle.on_caller().register(|| -> () { exitmacro::exit(7) }),
        "hangs on the caller" => middle.on_caller().register(move || -> () { hangs() }),
        other => panic!("unknown act: {other}"),
    };
    registered.expect("the run has not begun");
    // SAFETY: the attributes are initialised before they are used, the stack is mapped and stays
    // so, and the function has the right type.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        assert_eq!(libc::pthread_attr_init(&raw mut attributes), 0);
        if paints {
            let stack = libc::mmap(
                std::ptr::null_mut(),
                LARGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(stack, libc::MAP_FAILED);
            stack.cast::<u8>().write_bytes(PAINT, LARGE);
            PAINTED.store(stack as usize, Relaxed);
            assert_eq!(pthread_attr_setstack(&raw mut attributes, stack, LARGE), 0);
        } else {
            assert_eq!(libc::pthread_attr_setstacksize(&raw mut attributes, SMALLEST), 0);
        }
        let mut thread = std::mem::zeroed();
        assert_eq!(
            libc::pthread_create(&raw mut thread, &raw const attributes, end, std::ptr::null_mut()),
            0
        );
    }
    hangs();
}
