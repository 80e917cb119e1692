//! Guards of values, ended as the argument names. `main` prints a last line if it returns.

mod forked;

use exitmacro::{ValueGuard, at_exit, guard_value};
use forked::{fork, wait_for};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[at_exit(priority = -1)]
fn last() {
    println!("last handler");
}

/// What was written, and that it was dropped.
struct Lines(Vec<&'static str>);

impl Drop for Lines {
    fn drop(&mut self) {
        println!("{:?} dropped", self.0);
    }
}

fn guarding(first: &'static str) -> ValueGuard<Lines> {
    guard_value(Lines(vec![first]), |lines| {
        println!("{:?} on {}", lines.0, thread::current().name().unwrap_or("a thread"));
    })
}

fn add(guard: &mut ValueGuard<Lines>, line: &'static str) {
    match guard.lock() {
        Some(mut lines) => lines.0.push(line),
        None => println!("{line:?}: the value is gone"),
    }
}

#[exitmacro::main(signals = [TERM])]
fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut guard = guarding("first");
    add(&mut guard, "second");
    match std::env::args().nth(1).as_deref() {
        Some("scope") => {
            drop(guard);
            println!("after the scope");
        }
        Some("unwinding") => {
            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let mut lines = guard.lock().expect("it waits");
                lines.0.push("third");
                panic!("unwind");
            }));
            println!("panicked: {}", panicked.is_err());
        }
        Some("main panics") => {
            std::mem::forget(guard);
            panic!("main panics");
        }
        Some("std exit") => std::process::exit(3),
        Some("exitmacro exit") => exitmacro::exit(3),
        Some("forgotten") => std::mem::forget(guard),
        Some("signal") => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            loop {
                thread::park();
            }
        }
        Some("taken back") => {
            println!("taken back: {}", guard.into_inner().is_some());
            let late = guarding("late");
            exitmacro::run();
            println!("taken back: {}", late.into_inner().is_some());
        }
        Some("run by hand") => {
            exitmacro::run();
            add(&mut guard, "third");
        }
        Some("after the run") => {
            exitmacro::run();
            add(&mut guarding("late"), "later");
        }
        Some("run while it is locked") => {
            let mut lines = guard.lock().expect("it waits");
            println!("{}", exitmacro::run().is_success());
            lines.0.push("third");
        }
        Some("panics") => {
            let guard = guard_value((), |()| panic!("in the guard"));
            println!("panicked: {}", catch_unwind(AssertUnwindSafe(|| drop(guard))).is_err());
        }
        Some("forked") => forked(guard),
        Some("adopted while a thread of the parent uses it") => adopted(guard),
        Some("a thread uses it") => {
            let (used, is_used) = mpsc::channel();
            thread::spawn(move || {
                let mut lines = guard.lock().expect("it waits");
                used.send(()).expect("main waits");
                // The run begins.
                thread::sleep(Duration::from_millis(300));
                lines.0.push("from a thread");
                drop(lines);
                loop {
                    thread::park();
                }
            });
            is_used.recv().expect("the thread uses it");
            exitmacro::exit(3);
        }
        Some("a thread uses it again and again") => {
            thread::spawn(move || {
                while let Some(mut lines) = guard.lock() {
                    lines.0.push("more");
                }
                loop {
                    thread::park();
                }
            });
            exitmacro::exit(3);
        }
        Some("a thread keeps it") => {
            let _thread = using(guard);
            exitmacro::exit(3);
        }
        Some("a thread keeps it during a run") => {
            let thread = using(guard);
            println!("{}", exitmacro::run().is_success());
            thread.thread().unpark();
            thread.join().expect("it does not panic");
        }
        other => panic!("unknown case: {other:?}"),
    }
    println!("end of main");
}

/// Another thread uses the value of the guard until it is unparked, and drops the guard then.
fn using(mut guard: ValueGuard<Lines>) -> JoinHandle<()> {
    let (used, is_used) = mpsc::channel();
    let thread = thread::spawn(move || {
        let mut lines = guard.lock().expect("it waits");
        used.send(()).expect("main waits");
        thread::park();
        lines.0.push("from a thread");
    });
    is_used.recv().expect("the thread uses it");
    thread
}

fn forked(mut guard: ValueGuard<Lines>) {
    let Some(child) = fork() else {
        add(&mut guard, "in the child");
        println!("{:?}", guard.lock().expect("the child has a copy").0);
        drop(guard);
        println!("the child's own: {:?}", guarding("own").into_inner().map(|lines| lines.0.len()));
        drop(guarding("own"));
        std::process::exit(0);
    };
    say_end_of(child);
    println!("taken back: {}", guard.into_inner().is_some());
}

fn adopted(guard: ValueGuard<Lines>) {
    let thread = using(guard);
    let Some(child) = fork() else {
        exitmacro::adopt().expect("the parent has not run them");
        exitmacro::exit(0);
    };
    say_end_of(child);
    thread.thread().unpark();
    thread.join().expect("it does not panic");
}

fn say_end_of(child: libc::pid_t) {
    wait_for(child);
    println!("the child has ended");
}
