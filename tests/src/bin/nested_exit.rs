//! Ends in the way that the first argument names, while a handler does what the second one names.

use exitmacro::{ExitContext, Handler, Outcome, at_exit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use tokio::runtime::{self, Runtime};

#[at_exit(priority = 2)]
fn first() {
    println!("first");
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

/// With `ONE_EXIT` in the environment, libc's `exit` behaves as it does since glibc 2.41: it takes a lock that one thread may take many times, and keeps it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod one_exit {
    use std::sync::OnceLock;

    struct Lock(std::cell::UnsafeCell<libc::pthread_mutex_t>);

    // SAFETY: a mutex of libc is made to be shared.
    unsafe impl Sync for Lock {}

    static LOCK: Lock = Lock(std::cell::UnsafeCell::new(libc::PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP));

    pub(super) static IS_LOCKED: OnceLock<bool> = OnceLock::new();

    // SAFETY: stands in for the function of that name and calls it.
    #[unsafe(no_mangle)]
    extern "C" fn exit(status: i32) -> ! {
        if IS_LOCKED.get() == Some(&true) {
            // SAFETY: the lock is valid, static and never moved.
            unsafe { libc::pthread_mutex_lock(LOCK.0.get()) };
        }
        // SAFETY: the next `exit` is the one of libc, which has this type.
        let next = unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn(i32) -> !>(libc::dlsym(libc::RTLD_NEXT, c"exit".as_ptr())) };
        next(status)
    }
}

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    one_exit::IS_LOCKED.set(std::env::var_os("ONE_EXIT").is_some()).expect("set once");
    // What handlers that unwind would print does not matter here.
    std::panic::set_hook(Box::new(|_| ()));
    let [_, way, inside, timeout] = std::env::args().collect::<Vec<_>>().try_into().expect("three arguments");
    let timeout = Duration::from_millis(timeout.parse().expect("milliseconds"));
    let registered = Handler::new("middle").priority(1).timeout(timeout).register(move || {
        println!("middle");
        act(&inside);
    });
    registered.expect("the run has not begun");
    match way.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread and handlers exit.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "std exit on a thread" => wait_for(|| std::process::exit(3)),
        // SAFETY: only that thread and handlers exit.
        "c exit on a thread" => wait_for(|| unsafe { libc::exit(3) }),
        "exitmacro exit on a thread" => wait_for(|| exitmacro::exit(3)),
        "exitmacro exit in a task" => current_thread().block_on(async { exitmacro::exit(3) }),
        "exitmacro exit in a spawned task" => multi_thread().block_on(async { tokio::spawn(async { exitmacro::exit(3) }).await.expect("it never ends") }),
        "run by hand" => {
            let report = exitmacro::run();
            if report.handlers().iter().any(|handler| matches!(handler.outcome(), Outcome::Exited(_))) {
                // The handler's thread is inside `exit` and ends the process.
                park();
            }
        }
        other => panic!("unknown way out: {other}"),
    }
    ExitCode::from(3)
}

fn act(inside: &str) {
    match inside {
        "ok" => {}
        "std exit" => std::process::exit(7),
        // SAFETY: this is what the test is about; the run stops whoever does it twice.
        "c exit" => unsafe { libc::exit(7) },
        "exitmacro exit" => exitmacro::exit(7),
        "hang" => park(),
        "exit twice" => {
            _ = catch_unwind(|| exitmacro::exit(6));
            exitmacro::exit(7)
        }
        "catch the exit" => _ = catch_unwind(|| exitmacro::exit(7)),
        "exit while unwinding" => {
            let _exits = ExitOnDrop;
            panic!("unwind");
        }
        "panic and exit in the hook" => {
            std::panic::set_hook(Box::new(|_| exitmacro::exit(7)));
            panic!("call the hook");
        }
        "exit on a thread" => _ = thread::spawn(|| exitmacro::exit(7)).join(),
        // SAFETY: as above.
        "c exit on a thread" => _ = thread::spawn(|| unsafe { libc::exit(7) }).join(),
        "exit in a task" => {
            _ = catch_unwind(AssertUnwindSafe(|| current_thread().block_on(async { tokio::spawn(async { exitmacro::exit(7) }).await.is_err() })))
        }
        "exit in a task of another thread" => _ = multi_thread().block_on(async { tokio::spawn(async { exitmacro::exit(7) }).await.is_err() }),
        "run" => {
            let report = exitmacro::run();
            println!("so far: {}", report.handlers().len());
        }
        other => panic!("unknown act: {other}"),
    }
}

struct ExitOnDrop;

impl Drop for ExitOnDrop {
    fn drop(&mut self) {
        exitmacro::exit(7);
    }
}

fn current_thread() -> Runtime {
    runtime::Builder::new_current_thread().build().expect("a runtime starts")
}

fn multi_thread() -> Runtime {
    runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime starts")
}

fn wait_for(end: fn() -> !) {
    thread::spawn(move || end());
    park();
}

fn park() -> ! {
    loop {
        thread::park();
    }
}
