//! Registers and unregisters at every stage of the run. Nothing is declared. The first argument
//! names the case.

use exitmacro::{Handler, HandlerId, RegisterError, Unregistered, register, unregister};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("unregister") => unregister_waiting(),
        Some("unregister in the run") => unregister_in_the_run(),
        Some("unregister from a thread") => unregister_from_a_thread(),
        Some("register in the run") => register_in_the_run(),
        Some("register after the run") => {
            handler("only", 0);
            exitmacro::run();
            refused();
        }
        Some("register after a run of nothing") => {
            println!("{} handlers", exitmacro::run().handlers().len());
            refused();
        }
        Some("register after exit") => register_after_exit(),
        Some("zero timeout") => {
            let error = Handler::new("hasty")
                .timeout(Duration::ZERO)
                .register(|| println!("hasty"))
                .expect_err("no time");
            println!("{error:?}: {error}");
        }
        Some("many") => many(),
        other => panic!("unknown case: {other:?}"),
    }
}

/// Registers a handler that prints its name.
fn handler(name: &'static str, priority: i32) -> HandlerId {
    Handler::new(name)
        .priority(priority)
        .register(move || println!("{name}"))
        .expect("the run is not over")
}

fn unregister_waiting() {
    let [first, second, third] = ["first", "second", "third"].map(|name| handler(name, 0));
    println!("{:?}, then {:?}", unregister(second), unregister(second));
    let fourth = handler("in the place of the second", 0);
    println!("{:?}, all different: {}", unregister(second), first != third && second != fourth);
}

fn unregister_in_the_run() {
    static IDS: OnceLock<[HandlerId; 4]> = OnceLock::new();
    let itself = Handler::new("itself").priority(3).register(|| {
        let [before, itself, later, _] = *IDS.get().expect("set before the run");
        println!(
            "before: {:?}, itself: {:?}, later: {:?}, then {:?}",
            unregister(before),
            unregister(itself),
            unregister(later),
            unregister(later)
        );
    });
    let ids = [
        handler("before", 4),
        itself.expect("the run has not begun"),
        handler("later", 2),
        handler("last", 1),
    ];
    IDS.set(ids).expect("set once");
    exitmacro::run();
    println!("after: {:?}", ids.map(unregister));
}

fn unregister_from_a_thread() {
    let (started, is_started) = mpsc::channel::<()>();
    let (asked, is_asked) = mpsc::channel::<()>();
    let running = Handler::new("running").priority(2).timeout(Duration::from_millis(200)).register(
        move || {
            started.send(()).expect("the thread waits");
            // After it was abandoned. Then its end is reported.
            is_asked.recv().expect("the next handler asks");
        },
    );
    let running = running.expect("the run has not begun");
    let next = Handler::new("next").priority(1).register(move || {
        println!("abandoned: {:?}", unregister(running));
        asked.send(()).expect("the abandoned handler waits");
        // The end of that handler is recorded after it returned, which no event signals.
        while unregister(running) == Unregistered::Running {
            thread::yield_now();
        }
        println!("ended: {:?}", unregister(running));
    });
    next.expect("the run has not begun");
    let thread = thread::spawn(move || {
        is_started.recv().expect("the handler runs");
        println!("running: {:?}", unregister(running));
    });
    exitmacro::run();
    thread.join().expect("it does not panic");
}

fn register_in_the_run() {
    for (name, priority) in [("10", 10), ("0, older", 0), ("0, newer", 0), ("-10", -10)] {
        handler(name, priority);
    }
    let registers = Handler::new("registers").priority(1).register(|| {
        println!("registers");
        handler("0, late", 0);
        handler("20, late", 20);
        handler("-5, late", -5);
        handler("0, later", 0);
        handler("i32::MIN, late", i32::MIN);
        println!("taken back: {:?}", unregister(handler("taken back", 5)));
        let chain = Handler::new("chain").priority(-20).register(|| {
            println!("chain");
            handler("the last link", 7);
        });
        chain.expect("the run is not over");
    });
    registers.expect("the run has not begun");
}

/// Tries to register, and prints the result. A refused handler is dropped, not called.
fn refused() {
    struct SaysDrop;
    impl Drop for SaysDrop {
        fn drop(&mut self) {
            println!("dropped; {:?}", register(|| ()).err());
        }
    }
    let value = SaysDrop;
    let error = register(move || {
        println!("called");
        drop(value);
    });
    println!("{}", error.expect_err("the run has finished"));
}

fn register_after_exit() {
    extern "C" fn after_the_hook() {
        println!(
            "{:?}, {} handlers planned",
            register(|| println!("called")).err(),
            exitmacro::plan().handlers().len()
        );
    }
    // Registered first, so called last; `arm` puts the hook of the crate before it.
    // SAFETY: the function has the type that `atexit` asks for.
    unsafe { libc::atexit(after_the_hook) };
    exitmacro::arm();
}

fn many() {
    const HANDLERS: usize = 10_000;
    let next = Arc::new(AtomicUsize::new(HANDLERS));
    let ids: Vec<HandlerId> = (1..=2 * HANDLERS)
        .map(|number| {
            let next = Arc::clone(&next);
            // The even ones are unregistered below, so that their slots are not adjacent.
            let place = number.div_ceil(2);
            register(move || assert_eq!(next.swap(place - 1, Ordering::Relaxed), place))
                .expect("the run has not begun")
        })
        .collect();
    let removed = ids
        .iter()
        .skip(1)
        .step_by(2)
        .filter(|&&id| unregister(id) == Unregistered::Removed)
        .count();
    let report = exitmacro::run();
    println!(
        "{removed} removed, {} ran: {}, all in order: {}",
        report.handlers().len(),
        report.is_success(),
        next.load(Ordering::Relaxed) == 0
    );
    assert_eq!(register(|| ()), Err(RegisterError::Finished));
}
