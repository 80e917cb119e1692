//! Handlers that use up their timeout, and what they may still do after it. The first argument
//! names the case.

use exitmacro::{ExitContext, Handler, at_exit};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

fn main() {
    let case = std::env::args().nth(1).expect("a case");
    match case.as_str() {
        "late finish" => late(|exit| println!("late: {}", exit.is_abandoned())),
        "late error" => register_late(|_| Err("late")),
        "late panic" => late(|_| panic!("late")),
        "late status" => late(|exit| exit.set_code(9)),
        "late exitmacro exit" => late(|_| exitmacro::exit(9)),
        // SAFETY: this is what the test is about; the run stops this thread.
        "late c exit" => late(|_| unsafe { libc::exit(9) }),
        "late run" => late(|_| drop(exitmacro::run())),
        "context" => context(),
        "status" => {
            handler("sets 5", 2, 10_000, |exit| exit.set_code(5));
            handler("sets 6", 1, 10_000, |exit| {
                println!("so far: {:?}", exit.code());
                exit.set_code(6);
            });
        }
        "budget" | "budget by exitmacro" | "budget by hand" => {
            handler("completes", 5, 10_000, |_| println!("completes"));
            handler("hangs", 4, 10_000, |_| park());
            handler("hangs too", 3, 10_000, |_| park());
            handler("never runs", 2, 10_000, |_| println!("never"));
            handler("never drops", 1, 10_000, {
                let value = SaysDrop;
                move |_| drop(value)
            });
        }
        "budget, before more of libc" | "budget by exitmacro, before more of libc" => {
            extern "C" fn after_the_hook() {
                println!("after the hook");
            }
            // SAFETY: the function has the type that `atexit` asks for.
            unsafe { libc::atexit(after_the_hook) };
            // The hook is put on top.
            exitmacro::arm();
            handler("hangs", -2, 10_000, |_| park());
        }
        "budget by hand, twice" => {
            let (begun, has_begun) = mpsc::channel::<()>();
            handler("hangs", -2, 10_000, move |_| {
                drop(begun);
                park();
            });
            let second = thread::spawn(move || {
                assert!(has_begun.recv().is_err());
                println!("the second one: {}", exitmacro::run().handlers().len());
            });
            let handlers = exitmacro::run().handlers().len();
            second.join().expect("it does not panic");
            println!("the first one: {handlers}");
        }
        "one hangs" => {
            handler("hangs", 2, 10_000, |_| park());
            handler("runs", 1, 10_000, |exit| {
                println!("a tenth is left: {}", exit.remaining() < Duration::from_millis(100))
            });
        }
        "deadlines" => {
            handler("short", 2, 200, say_time);
            handler("long", 1, 60_000, say_time);
        }
        other => panic!("unknown case: {other}"),
    }
    match case.as_str() {
        "budget by exitmacro" | "budget by exitmacro, before more of libc" => exitmacro::exit(3),
        "budget by hand" => {
            let report = exitmacro::run();
            for handler in report.handlers() {
                println!("{}: {}", handler.name(), handler.outcome());
            }
        }
        _ => {}
    }
    std::process::exit(3);
}

fn handler(
    name: &'static str,
    priority: i32,
    timeout: u64,
    function: impl FnOnce(&ExitContext) + Send + 'static,
) {
    Handler::new(name)
        .priority(priority)
        .timeout(Duration::from_millis(timeout))
        .register(function)
        .expect("the run has not begun");
}

fn late(function: impl FnOnce(&ExitContext) + Send + 'static) {
    register_late(move |exit| {
        function(exit);
        Ok(())
    });
}

/// A handler that is abandoned, and acts while the next handler waits for it.
fn register_late(function: impl FnOnce(&ExitContext) -> Result<(), &'static str> + Send + 'static) {
    let (wake, woken) = mpsc::channel::<()>();
    let (gone, is_gone) = mpsc::channel::<()>();
    std::panic::set_hook(Box::new(|_| ()));
    let late = Handler::new("late").priority(2).timeout(Duration::from_millis(50)).register(
        move |exit: &ExitContext| {
            woken.recv().expect("the next handler runs");
            // Dropped when this handler ends on any path.
            let _gone = gone;
            function(exit)
        },
    );
    late.expect("the run has not begun");
    let next = Handler::new("next").priority(1).register(move || wake_and_wait(&wake, &is_gone));
    next.expect("the run has not begun");
}

fn wake_and_wait(wake: &Sender<()>, is_gone: &Receiver<()>) {
    wake.send(()).expect("the late handler waits");
    // A handler that exits never ends, because its thread stops: it gets some time for what it must
    // not do.
    _ = is_gone.recv_timeout(Duration::from_millis(200));
    println!("next");
}

fn context() {
    let (abandoned, is_abandoned) = mpsc::channel::<()>();
    handler("asks", 2, 50, move |exit| {
        let deadline = exit.deadline().expect("50 ms are not too far away");
        println!(
            "before: {} {} {}",
            exit.is_abandoned(),
            exit.remaining() > Duration::ZERO,
            exit.remaining() <= Duration::from_millis(50)
        );
        // A thread of the handler's own may ask too.
        thread::scope(|scope| {
            scope.spawn(|| {
                while !exit.is_abandoned() {
                    thread::sleep(Duration::from_millis(1));
                }
            });
        });
        println!(
            "after: {} {:?} {}",
            exit.is_abandoned(),
            exit.remaining(),
            Instant::now() >= deadline
        );
        drop(abandoned);
    });
    handler("waits", 1, 10_000, move |exit| {
        assert!(is_abandoned.recv().is_err());
        println!("next: {}", exit.is_abandoned());
    });
}

fn say_time(exit: &ExitContext) {
    let remaining = exit.remaining();
    println!(
        "up to {} ms",
        [100, 200, 300, 400, 10_000, 60_000]
            .into_iter()
            .find(|&limit| remaining <= Duration::from_millis(limit))
            .unwrap_or(u64::MAX)
    );
}

struct SaysDrop;

impl Drop for SaysDrop {
    fn drop(&mut self) {
        println!("dropped");
    }
}

fn park() {
    loop {
        thread::park();
    }
}
