//! Shares its signals with other crates. The arguments name which libraries install handlers, in
//! this order; `ours` is one of them. With `storm`, a handler runs until stdin ends.

use exitmacro::signals::{self, Signal};
use exitmacro::{ExitContext, at_exit};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::low_level;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;

/// How long the run waits for the other handlers.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The other handlers that were called, as far as they are on a thread of their own.
static CALLED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
static CHANGED: Condvar = Condvar::new();
static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static ACTIONS: AtomicU32 = AtomicU32::new(0);
static COUNTED: AtomicU32 = AtomicU32::new(0);

fn note(library: &'static str) {
    CALLED.lock().expect("no thread panics").push(library);
    CHANGED.notify_all();
}

/// Handlers that were installed later are called after ours, so the run may begin before them; and
/// the thread that the system interrupts may not have a processor yet.
fn becomes_true(condition: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while !condition() && started.elapsed() < TIMEOUT {
        std::thread::yield_now();
    }
    condition()
}

/// Whether all these were called, each once.
fn are_called(expected: &[&'static str]) -> bool {
    let called = CALLED.lock().expect("no thread panics");
    let (called, _) = CHANGED
        .wait_timeout_while(called, TIMEOUT, |called| called.len() < expected.len())
        .expect("no thread panics");
    let mut called = called.clone();
    called.sort_unstable();
    called == expected
}

fn others() -> Vec<&'static str> {
    let known = ["ctrlc", "ctrlc prints", "ctrlc exits", "tokio", "tokio ctrl_c"];
    known.into_iter().filter(|known| std::env::args().any(|argument| argument == *known)).collect()
}

#[at_exit(priority = 1, timeout = "40s")]
fn say(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "flag") {
        println!("flag: {}", becomes_true(|| FLAG.get().is_some_and(|flag| flag.load(SeqCst))));
    }
    if arguments.iter().any(|argument| argument == "action") {
        println!("action: {}, {}", becomes_true(|| ACTIONS.load(SeqCst) > 0), ACTIONS.load(SeqCst));
    }
    let others = others();
    if !others.is_empty() {
        println!("{}: {}", others.join(" and "), are_called(&others));
    }
    if arguments.iter().any(|argument| argument == "storm") {
        println!("storm");
        let mut line = String::new();
        _ = std::io::stdin().read_line(&mut line);
    }
    if arguments.iter().any(|argument| argument == "counter") {
        println!("counted any: {}", becomes_true(|| COUNTED.load(SeqCst) > 0));
    }
}

#[at_exit]
fn say_last() {
    println!("last");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    for library in std::env::args().skip(1) {
        install(&library, &runtime);
    }
    println!("ready");
    loop {
        std::thread::park();
    }
}

fn install(library: &str, runtime: &Runtime) {
    match library {
        "ours" => signals::install([Signal::INT, Signal::TERM, Signal::HUP])
            .expect("nothing is handled yet"),
        "flag" => {
            let flag = FLAG.get_or_init(Arc::default);
            for signal in [SIGINT, SIGTERM] {
                signal_hook::flag::register(signal, Arc::clone(flag))
                    .expect("a signal that may be handled");
            }
        }
        "action" => count(SIGTERM, &ACTIONS),
        "counter" => count(SIGUSR1, &COUNTED),
        "storm" => {}
        "ctrlc" => ctrlc::set_handler(|| note("ctrlc")).expect("no handler of ctrlc yet"),
        "ctrlc prints" => ctrlc::set_handler(print_called).expect("no handler of ctrlc yet"),
        "ctrlc exits" => ctrlc::set_handler(|| {
            note("ctrlc exits");
            std::process::exit(3)
        })
        .expect("no handler of ctrlc yet"),
        "ctrlc tries" => {
            println!("{}", ctrlc::try_set_handler(|| note("ctrlc tries")).is_err())
        }
        "tokio" => listen(runtime),
        "tokio ctrl_c" => listen_for_ctrl_c(runtime),
        other => panic!("unknown: {other}"),
    }
}

fn print_called() {
    note("ctrlc prints");
    println!("ctrlc is called");
}

fn count(signal: i32, counter: &'static AtomicU32) {
    // SAFETY: adding to an atomic is async-signal-safe.
    unsafe { low_level::register(signal, || _ = counter.fetch_add(1, SeqCst)) }
        .expect("a signal that may be handled");
}

fn listen(runtime: &Runtime) {
    let _inside = runtime.enter();
    let mut signal =
        tokio::signal::unix::signal(SignalKind::terminate()).expect("a signal that may be handled");
    runtime.spawn(async move {
        while signal.recv().await.is_some() {
            note("tokio");
        }
    });
}

fn listen_for_ctrl_c(runtime: &Runtime) {
    let (listens, does_listen) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        let mut signal = Box::pin(tokio::signal::ctrl_c());
        // Its handler is installed at the first poll.
        let first =
            std::future::poll_fn(|context| std::task::Poll::Ready(signal.as_mut().poll(context)))
                .await;
        assert!(first.is_pending(), "no signal came yet");
        listens.send(()).expect("`main` waits");
        signal.await.expect("a signal that may be handled");
        note("tokio ctrl_c");
    });
    does_listen.recv().expect("the task runs");
}
