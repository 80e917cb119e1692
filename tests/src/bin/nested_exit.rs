//! Ends as the first argument names, while a handler does what the second argument names. With
//! `SETS` in the environment, the last handler sets status 9.

use exitmacro::{ExitContext, Handler, Outcome, at_exit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use tokio::runtime::{self, Runtime};

#[at_exit(priority = 2)]
fn first() {
    println!("first");
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    if std::env::var_os("SETS").is_some() {
        exit.set_code(9);
    }
    println!("last: {:?}", exit.code());
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../one_exit.rs"]
mod one_exit;

/// Called by libc after the functions of `atexit`. Gives other threads the time to do something
/// visible.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_THE_END: extern "C" fn() = {
    extern "C" fn wait() {
        if TAKES_ITS_TIME.load(Relaxed) {
            thread::sleep(Duration::from_millis(500));
        }
    }
    wait
};
static TAKES_ITS_TIME: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    one_exit::begin();
    // The messages of handlers that unwind do not matter here.
    std::panic::set_hook(Box::new(|_| ()));
    let [_, exit_path, inside, timeout] =
        std::env::args().collect::<Vec<_>>().try_into().expect("three arguments");
    let timeout = Duration::from_millis(timeout.parse().expect("milliseconds"));
    let registered = Handler::new("middle").priority(1).timeout(timeout).register(move || {
        println!("middle");
        act(&inside);
    });
    registered.expect("the run has not begun");
    match exit_path.as_str() {
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
        "exitmacro exit in a spawned task" => multi_thread().block_on(async {
            tokio::spawn(async { exitmacro::exit(3) }).await.expect("it never ends")
        }),
        "run by hand" => {
            TAKES_ITS_TIME.store(true, Relaxed);
            let report = exitmacro::run();
            if report
                .handlers()
                .iter()
                .any(|handler| matches!(handler.outcome(), Outcome::Exited(_)))
            {
                // The handler's thread is inside `exit` and ends the process.
                println!("main goes on");
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
    ExitCode::from(3)
}

fn act(inside: &str) {
    match inside {
        "ok" => {}
        "std exit" => std::process::exit(7),
        // SAFETY: this is what the test is about; the run stops a thread that does it twice.
        "c exit" => unsafe { libc::exit(7) },
        "exitmacro exit" => exitmacro::exit(7),
        "hang" => park(),
        #[cfg(unix)]
        "pause" => loop {
            // SAFETY: no preconditions.
            unsafe { libc::pause() };
        },
        #[cfg(unix)]
        "pause until a signal comes" => pause_until_a_signal_comes(),
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
            _ = catch_unwind(AssertUnwindSafe(|| {
                current_thread()
                    .block_on(async { tokio::spawn(async { exitmacro::exit(7) }).await.is_err() })
            }))
        }
        "exit in a task of another thread" => {
            _ = multi_thread()
                .block_on(async { tokio::spawn(async { exitmacro::exit(7) }).await.is_err() })
        }
        "run" => {
            let report = exitmacro::run();
            println!("so far: {}", report.handlers().len());
        }
        other => panic!("unknown act: {other}"),
    }
}

/// Waits as C programs do, ten times as long as it takes to detect a thread that std parked.
#[cfg(unix)]
fn pause_until_a_signal_comes() {
    extern "C" fn nothing(_signal: i32) {}
    let handler: extern "C" fn(i32) = nothing;
    // SAFETY: the handler does nothing.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    // SAFETY: no preconditions.
    let me = unsafe { libc::pthread_self() } as usize;
    let others = thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        // SAFETY: that thread waits for this one before it ends.
        unsafe { libc::pthread_kill(me as libc::pthread_t, libc::SIGUSR1) };
    });
    // SAFETY: no preconditions.
    unsafe { libc::pause() };
    others.join().expect("it does not panic");
    println!("a signal came");
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
