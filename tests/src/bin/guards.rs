//! Guards, ended as the argument names. `main` prints a last line if it returns.

mod forked;

use exitmacro::{Guard, Unregistered, at_exit, guard};
use forked::{fork, wait_for};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

#[at_exit(priority = -1)]
fn last() {
    println!("last handler");
}

struct SaysDrop(&'static str);

impl SaysDrop {
    /// Uses the whole value, so that a closure with this call owns it.
    fn call(&self) {
        println!("{} called, on {}", self.0, thread::current().name().unwrap_or("a thread"));
    }
}

impl Drop for SaysDrop {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

fn guarding(name: &'static str) -> Guard {
    let value = SaysDrop(name);
    guard(move || value.call())
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("scope") => {
            let _outer = guarding("outer");
            {
                let _inner = guarding("inner");
                println!("in the scope");
            }
            println!("after the scope");
        }
        Some("unwinding") => {
            std::panic::set_hook(Box::new(|_| ()));
            let panicked = catch_unwind(|| {
                let _guard = guarding("guard");
                panic!("unwind");
            });
            println!("panicked: {}", panicked.is_err());
        }
        Some("std exit") => {
            let _first = guarding("first");
            let _second = guarding("second");
            std::process::exit(3);
        }
        Some("exitmacro exit") => {
            let _guard = guarding("guard");
            exitmacro::exit(3);
        }
        Some("forgotten") => std::mem::forget(guarding("guard")),
        Some("defused") => {
            println!("{:?}", Guard::defuse(guarding("guard")));
            let guard = guarding("late");
            exitmacro::run();
            println!("{:?}", Guard::defuse(guard));
        }
        Some("forked") => forked(),
        Some("forked after the run") => {
            exitmacro::run();
            forked();
        }
        Some("dropped while it runs") => dropped_while_it_runs(),
        Some("defused while the run begins") => return defused_while_the_run_begins(),
        Some("dropped by a handler") => {
            let guard = guarding("guard");
            exitmacro::Handler::new("drops")
                .priority(1)
                .register(move || drop(guard))
                .expect("the run has not begun");
        }
        Some("after the run") => {
            exitmacro::run();
            drop(guarding("guard"));
            println!("{:?}", Guard::defuse(guarding("defused")));
        }
        Some("panics") => {
            std::panic::set_hook(Box::new(|_| ()));
            let guard = guard(|| panic!("in the guard"));
            println!("panicked: {}", catch_unwind(AssertUnwindSafe(|| drop(guard))).is_err());
        }
        other => panic!("unknown case: {other:?}"),
    }
    println!("end of main");
}

fn forked() {
    let guard = guarding("guard");
    let Some(child) = fork() else {
        drop(guard);
        {
            let _own = guarding("the child's own");
        }
        std::process::exit(0);
    };
    wait_for(child);
    println!("the child has ended");
    drop(guard);
}

/// Defuses guards while the run takes them, newest first, and prints how often the answer was
/// wrong.
fn defused_while_the_run_begins() {
    const GUARDS: usize = 20_000;
    static RAN: [AtomicBool; GUARDS] = [const { AtomicBool::new(false) }; GUARDS];
    static AT: AtomicUsize = AtomicUsize::new(GUARDS);
    let guards: Vec<Guard> = (0..GUARDS)
        .map(|number| {
            guard(move || {
                AT.store(number, SeqCst);
                RAN[number].store(true, SeqCst);
            })
        })
        .collect();
    let thread = thread::spawn(move || {
        let mut answers = vec![None; GUARDS];
        for (number, guard) in guards.into_iter().enumerate().rev() {
            // Close to the run, a little before or after it.
            while AT.load(SeqCst) > number + number % 4 {
                std::hint::spin_loop();
            }
            answers[number] = Some(Guard::defuse(guard));
        }
        answers
    });
    exitmacro::run();
    // The answers are exact even for guards that are defused after the run.
    AT.store(0, SeqCst);
    let answers = thread.join().expect("it does not panic");
    let is_wrong = |number: &usize| {
        (answers[*number] == Some(Unregistered::Removed)) == RAN[*number].load(SeqCst)
    };
    println!("wrong: {}", (0..GUARDS).filter(is_wrong).count());
}

fn dropped_while_it_runs() {
    let (started, is_started) = mpsc::channel::<()>();
    let (dropped, is_dropped) = mpsc::channel::<()>();
    let guard = guard(move || {
        started.send(()).expect("a thread waits");
        is_dropped.recv().expect("the guard is dropped");
        println!("called, after the drop");
    });
    let thread = thread::spawn(move || {
        is_started.recv().expect("the handler runs");
        drop(guard);
        println!("dropped");
        dropped.send(()).expect("the handler waits");
    });
    exitmacro::run();
    thread.join().expect("it does not panic");
}
