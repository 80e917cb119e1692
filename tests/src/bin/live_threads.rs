//! Handlers that need a thread whose thread-locals are alive. The first argument names what they
//! do, the second how the process ends.

use exitmacro::{ExitContext, Handler, register};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

struct SaysDrop(RefCell<&'static str>);

impl Drop for SaysDrop {
    fn drop(&mut self) {
        println!("dropped: {}", self.0.borrow());
    }
}

thread_local! {
    static VALUE: SaysDrop = const { SaysDrop(RefCell::new("untouched")) };
    static ACTS: ActsOnDrop = const { ActsOnDrop(Cell::new(|| ())) };
    static SLOW: SlowDrop = const { SlowDrop(Cell::new(false)) };
}

struct ActsOnDrop(Cell<fn()>);

impl Drop for ActsOnDrop {
    fn drop(&mut self) {
        self.0.get()();
    }
}

struct SlowDrop(Cell<bool>);

impl Drop for SlowDrop {
    fn drop(&mut self) {
        if self.0.get() {
            loop {
                thread::park();
            }
        }
    }
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(multi_thread);

fn main() {
    let [_, what, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    tracing_subscriber::fmt().without_time().with_ansi(false).init();
    match what.as_str() {
        "thread-locals" => {
            register(|| {
                VALUE.with(|value| println!("second handler: {}", value.0.replace("used")))
            })
            .expect("the run has not begun");
            register(|| VALUE.with(|value| println!("first handler: {}", value.0.replace("seen"))))
        }
        "slow thread-locals" => register(|| SLOW.with(|slow| slow.0.set(true))),
        "printing thread-locals" => register(|| ACTS.with(|acts| acts.0.set(|| print!("dropped")))),
        "thread-locals that run" => register(|| {
            ACTS.with(|acts| acts.0.set(|| println!("{}", exitmacro::run().handlers().len())))
        }),
        "thread-locals that run while stdout is locked" => register(|| {
            hold_stdout(Duration::from_millis(100));
            ACTS.with(|acts| {
                acts.0.set(|| {
                    let handlers = exitmacro::run().handlers().len();
                    thread::sleep(Duration::from_millis(100));
                    println!("{handlers}");
                })
            })
        }),
        "thread-locals that exit" => {
            register(|| ACTS.with(|acts| acts.0.set(|| std::process::exit(5))))
        }
        "key of a C library" => register(|| {
            extern "C" fn drops(_: *mut c_void) {
                thread::sleep(Duration::from_millis(50));
                println!("key dropped");
            }
            extern "C" fn goes_on() {
                println!("libc goes on");
            }
            use_key(drops);
            // SAFETY: the function has the right type, and stays.
            unsafe { libc::atexit(goes_on) };
        }),
        "slow key of a C library" => register(|| {
            extern "C" fn drops(_: *mut c_void) {
                loop {
                    thread::sleep(Duration::MAX);
                }
            }
            use_key(drops);
        }),
        "tracing" => register(|| {
            let _span = tracing::info_span!("cleanup", step = 1).entered();
            tracing::info!("from a handler");
        }),
        "fresh runtimes" => register(|| {
            let current_thread = Builder::new_current_thread().build().expect("a runtime starts");
            println!("current thread: {}", answer(&current_thread));
            println!("multi-thread: {}", answer(&multi_thread()));
        }),
        "static runtime" => {
            println!("main: {}", answer(&RUNTIME));
            register(|| println!("handler: {}", answer(&RUNTIME)))
        }
        "threads" => Handler::new("threads").register(|exit: &ExitContext| {
            let sum: u32 = thread::scope(|scope| {
                let threads: Vec<_> = (1..=8)
                    .map(|number| scope.spawn(move || if exit.is_abandoned() { 0 } else { number }))
                    .collect();
                threads.into_iter().map(|thread| thread.join().expect("it does not panic")).sum()
            });
            println!(
                "scoped: {sum}, spawned: {:?}",
                thread::spawn(|| VALUE.with(|value| *value.0.borrow())).join().ok()
            );
        }),
        "name" => register(|| {
            println!(
                "{:?}, and main is {}",
                thread::current().name(),
                thread::current().id() == *MAIN
            )
        }),
        "many lines" => Handler::new("many lines")
            .timeout(Duration::from_secs(20))
            .register(|| (0..100_000).for_each(|number| println!("{number}"))),
        other => panic!("unknown case: {other}"),
    }
    .expect("the run has not begun");
    LazyLock::force(&MAIN);
    match exit_path.as_str() {
        "return" => {}
        "std exit" => std::process::exit(0),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(0) },
        "exitmacro exit" => exitmacro::exit(0),
        other => panic!("unknown exit path: {other}"),
    }
}

static MAIN: LazyLock<thread::ThreadId> = LazyLock::new(|| thread::current().id());

/// Returns when another thread has locked stdout.
fn hold_stdout(time: Duration) {
    let (locked, is_locked) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let _stdout = std::io::stdout().lock();
        locked.send(()).expect("the handler waits");
        thread::sleep(time);
    });
    is_locked.recv().expect("the thread locks stdout");
}

/// As C libraries destroy their thread-locals.
fn use_key(drops: extern "C" fn(*mut c_void)) {
    let mut key = 0;
    // SAFETY: `key` is writable, and the destructor has the right type and stays.
    unsafe {
        libc::pthread_key_create(&raw mut key, Some(drops));
        libc::pthread_setspecific(key, std::ptr::dangling());
    }
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().expect("a runtime starts")
}

/// What a task on this runtime returns.
fn answer(runtime: &Runtime) -> u32 {
    runtime.block_on(async { tokio::spawn(async { 42 }).await.expect("the task ends") })
}
