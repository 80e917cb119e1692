//! Forks many times while another thread holds a lock of libc or std most of the time, as the first
//! argument names. The children end as the second argument names; the third one is their number.

mod forked;

use exitmacro::{at_exit, register};
use forked::{fork, wait_for};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::os::unix::process::CommandExt;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static HOLDS: AtomicBool = AtomicBool::new(false);
static STOP: AtomicBool = AtomicBool::new(false);

/// A thread of std that ends frees its name under the lock of the stack addresses. With names of
/// this length that takes long, so the lock is held most of the time.
struct Slow;

const SLOWLY_FREED: usize = 12_345;

#[global_allocator]
static MEMORY: Slow = Slow;

// SAFETY: the allocator of the system does all of it.
unsafe impl GlobalAlloc for Slow {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if layout.size() == SLOWLY_FREED {
            thread::sleep(Duration::from_micros(500));
        }
        // SAFETY: as of the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[at_exit]
fn declared() {
    println!("declared, in {}", ["the parent", "a child"][forked::generation()]);
}

fn main() {
    let [_, what, end, children] =
        std::env::args().collect::<Vec<_>>().try_into().expect("three arguments");
    let busy: fn() = match what.as_str() {
        "environment" => || {
            // SAFETY: no C code of this program reads the environment.
            unsafe { std::env::set_var("SOMETHING", "x".repeat(100_000)) };
        },
        #[cfg(target_os = "linux")]
        "loader" => || {
            // SAFETY: the function has the right type.
            unsafe { libc::dl_iterate_phdr(Some(takes_its_time), std::ptr::null_mut()) };
        },
        // Not `dlclose`, which holds a lock of `exit` that glibc leaves locked in children.
        "libraries" => || {
            // SAFETY: the names are C strings; the library is part of libc and has no constructors
            // of its own.
            unsafe {
                libc::dlopen(c"libutil.so.1".as_ptr(), libc::RTLD_NOW);
                libc::dlsym(libc::RTLD_DEFAULT, c"no_such_function".as_ptr());
            }
        },
        "stdout" => || {
            let _held = std::io::stdout().lock();
            thread::sleep(Duration::from_micros(200));
        },
        "threads" => || {
            let named = thread::Builder::new().name("x".repeat(SLOWLY_FREED));
            named.spawn(|| ()).expect("a thread starts").join().expect("it does not panic");
        },
        "settings" => || _ = exitmacro::plan(),
        "nothing" => || thread::sleep(Duration::from_millis(1)),
        other => panic!("unknown lock: {other}"),
    };
    let holder = start(busy);
    let mut ended_well = 0;
    for _ in 0..children.parse().expect("a number of children") {
        if end == "other programs" {
            ended_well += u32::from(start_another_program());
            continue;
        }
        let Some(child) = fork() else { return end_child(&end) };
        let ended = wait_for(child);
        if ended != 7 {
            println!("a child ended with {ended}");
            break;
        }
        ended_well += 1;
    }
    STOP.store(true, Ordering::Relaxed);
    // SAFETY: the thread was started here, and is joined once.
    assert_eq!(unsafe { libc::pthread_join(holder, std::ptr::null_mut()) }, 0);
    println!("{ended_well} children ended as they should");
}

/// Starts the thread without std, which looks some things up for its first thread. A child should
/// do that.
fn start(mut busy: fn()) -> libc::pthread_t {
    extern "C" fn hold(busy: *mut c_void) -> *mut c_void {
        // SAFETY: it is the function that is stored below.
        let busy = unsafe { *busy.cast::<fn()>() };
        HOLDS.store(true, Ordering::Release);
        while !STOP.load(Ordering::Relaxed) {
            busy();
        }
        std::ptr::null_mut()
    }
    let mut thread = std::mem::MaybeUninit::uninit();
    let (place, argument) = (thread.as_mut_ptr(), (&raw mut busy).cast());
    // SAFETY: `hold` has the right type, and reads the function before this call returns.
    assert_eq!(unsafe { libc::pthread_create(place, std::ptr::null(), hold, argument) }, 0);
    while !HOLDS.load(Ordering::Acquire) {
        thread::yield_now();
    }
    // SAFETY: it has been started.
    unsafe { thread.assume_init() }
}

#[cfg(target_os = "linux")]
unsafe extern "C" fn takes_its_time(
    _: *mut libc::dl_phdr_info,
    _: usize,
    _: *mut c_void,
) -> libc::c_int {
    thread::sleep(Duration::from_micros(200));
    0
}

/// Forks while this thread holds std's lock of the environment.
fn start_another_program() -> bool {
    let mut command = process::Command::new("/bin/sh");
    command.args(["-c", "exit 7"]);
    // SAFETY: nothing is done between fork and exec. Without a closure, std would start the program
    // without a fork.
    unsafe { command.pre_exec(|| Ok(())) };
    command.status().is_ok_and(|status| status.code() == Some(7))
}

fn ends() {
    exitmacro::exit(7)
}

/// Uses at least `depth` MiB of the stack.
#[inline(never)]
fn deep(levels: u8) -> u8 {
    let large = std::hint::black_box([levels; 1 << 20]);
    if levels == 0 { 0 } else { deep(levels - 1) ^ large[usize::from(levels)] }
}

fn end_child(end: &str) {
    let own = || register(ends).expect("the run has not begun");
    match end {
        // SAFETY: this thread is the only one of the child.
        "exit" => unsafe { libc::exit(7) },
        "exitmacro exit" => exitmacro::exit(7),
        "own handler" => {
            own();
            // SAFETY: this thread is the only one of the child.
            unsafe { libc::exit(0) }
        }
        "own handler, deep" => {
            let ends_deep = || {
                deep(12);
                exitmacro::exit(7)
            };
            register(move || -> () { ends_deep() }).expect("the run has not begun");
            // SAFETY: this thread is the only one of the child.
            unsafe { libc::exit(0) }
        }
        "own handler, by hand" => {
            own();
            exitmacro::run();
        }
        "own handler, exitmacro exit" => {
            own();
            exitmacro::exit(0);
        }
        "adopts" => {
            // The first child adopts them.
            _ = exitmacro::adopt();
            own();
            exitmacro::exit(0);
        }
        other => panic!("unknown end: {other}"),
    }
    process::abort();
}
