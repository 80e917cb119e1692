//! Forks where the first argument names. The child ends as the second argument names. The parent
//! prints how the child ended.

mod forked;

use exitmacro::{Handler, Unregistered, at_exit, register, unregister};
use forked::{fork, wait_for};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[at_exit(priority = -1)]
fn declared() {
    println!("declared, in the {}", process());
}

fn process() -> &'static str {
    if forked::generation() == 0 { "parent" } else { "child" }
}

fn main() -> ExitCode {
    let place = std::env::args().nth(1).expect("a place");
    let end = std::env::args().nth(2).unwrap_or_default();
    match place.as_str() {
        "main" => {
            register(|| println!("registered, in the {}", process()))
                .expect("the run has not begun");
            if let Some(child) = fork() {
                println!("the child ended with {}", wait_for(child));
            } else {
                println!("the child plans {}", exitmacro::plan().handlers().len());
                register(|| println!("the child's own, in the {}", process()))
                    .expect("the run has not begun");
                return end_child(&end, ExitCode::from(5));
            }
        }
        "handler" => fork_in_a_handler(end, false),
        "handler on the caller" => fork_in_a_handler(end, true),
        "handler, and threads plan" => fork_and_plan(),
        #[cfg(target_os = "linux")]
        "handler, unknown to libc" => fork_unknown_to_libc(),
        "after the hook" => {
            // SAFETY: the function has the type that `atexit` asks for. It is called after copies
            // of the hook, which `arm` puts before it.
            assert_eq!(unsafe { libc::atexit(fork_after_the_hook) }, 0);
            exitmacro::arm();
        }
        "while others register" => while_others_register(),
        "while the run begins" => while_the_run_begins(end),
        "first registration" => first_registration(),
        other => panic!("unknown place: {other}"),
    }
    ExitCode::from(3)
}

fn end_child(end: &str, status: ExitCode) -> ExitCode {
    match end {
        "return" => {}
        "std exit" => std::process::exit(5),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(5) },
        "exitmacro exit" => exitmacro::exit(5),
        "_exit" => {
            std::io::stdout().flush().expect("stdout is a pipe");
            // SAFETY: no preconditions.
            unsafe { libc::_exit(5) }
        }
        "run by hand" => println!("the child ran {}", exitmacro::run().handlers().len()),
        "panic" => panic!("in the child"),
        other => panic!("unknown end: {other}"),
    }
    status
}

fn fork_in_a_handler(end: String, on_caller: bool) {
    Handler::new("waiting")
        .priority(1)
        .register(|| println!("waiting, in the {}", process()))
        .expect("the run has not begun");
    let mut forks = Handler::new("forks").priority(2);
    if on_caller {
        forks = forks.on_caller();
    }
    let forks = forks.register(move || {
        let Some(child) = fork() else {
            std::panic::set_hook(Box::new(|_| ()));
            let (end, registers) = end
                .strip_suffix(", nothing registered")
                .map_or((end.as_str(), true), |end| (end, false));
            if registers {
                let own = register(|| println!("the child's own, in the {}", process()));
                println!("the child registers: {}", own.is_ok());
            }
            _ = end_child(end, ExitCode::SUCCESS);
            return;
        };
        println!("the child ended with {}", wait_for(child));
    });
    forks.expect("the run has not begun");
}

/// The child returns from the handler while one of its own threads has the lock of the run, as one
/// of them does most of the time.
fn fork_and_plan() {
    Handler::new("forks")
        .register(|| {
            let Some(child) = fork() else {
                for _ in 0..1000 {
                    register(|| ()).expect("the child has its own run");
                }
                Handler::new("own")
                    .register(|| println!("the child's own, in the {}", process()))
                    .expect("the child has its own run");
                let (plans, planned) = mpsc::channel();
                for plans in [plans.clone(), plans] {
                    thread::spawn(move || {
                        loop {
                            drop(exitmacro::plan());
                            _ = plans.send(());
                        }
                    });
                }
                planned.recv().expect("the threads plan");
                return;
            };
            println!("the child ended with {}", wait_for(child));
        })
        .expect("the run has not begun");
}

/// The child ends inside the exit of its parent, after the run of that exit.
extern "C" fn fork_after_the_hook() {
    let Some(child) = fork() else {
        register(|| println!("the child's own, in the {}", process()))
            .expect("the run has not begun");
        _ = end_child(&std::env::args().nth(2).unwrap_or_default(), ExitCode::SUCCESS);
        return;
    };
    println!("the child ended with {}", wait_for(child));
}

/// The child returns from the handler.
#[cfg(target_os = "linux")]
fn fork_unknown_to_libc() {
    Handler::new("waiting")
        .priority(1)
        .register(|| println!("waiting"))
        .expect("the run has not begun");
    let forks = Handler::new("forks").priority(2).register(|| {
        // Longer than any fork takes, as in a handler that does more than fork.
        thread::sleep(Duration::from_millis(1));
        // SAFETY: the child calls nothing before it returns into the run, which is what the test is
        // about.
        let child =
            unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t };
        if child != 0 {
            println!("the child ended with {}", wait_for(child));
        }
    });
    forks.expect("the run has not begun");
}

/// A child can register, unregister and exit, whatever other threads were doing when it was forked.
fn while_others_register() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            thread::spawn(|| {
                while !STOP.load(Ordering::Relaxed) {
                    let id =
                        register(|| println!("of a thread of the parent, in the {}", process()))
                            .expect("the run has not begun");
                    assert_eq!(unregister(id), Unregistered::Removed);
                }
            })
        })
        .collect();
    let of_parent =
        register(|| println!("registered, in the {}", process())).expect("the run has not begun");
    let mut ended_well = 0;
    for _ in 0..200 {
        let Some(child) = fork() else {
            let taken_back = register(|| println!("never")).expect("the child has its own run");
            assert_eq!(unregister(taken_back), Unregistered::Removed);
            assert_eq!(unregister(of_parent), Unregistered::Finished);
            register(stop).expect("the child has its own run");
            // SAFETY: this thread is the only one of the child.
            unsafe { libc::exit(5) }
        };
        ended_well += u32::from(wait_for(child) == 7);
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    println!("{ended_well} children ended as they should");
}

/// So that not all of the many children print.
fn stop() {
    // SAFETY: no preconditions.
    unsafe { libc::_exit(7) }
}

/// Forks many times while the exit run of the parent begins, which takes long with so many
/// handlers. No child may wait for the run of its parent.
fn while_the_run_begins(end: String) {
    for _ in 0..100_000 {
        register(|| ()).expect("the run has not begun");
    }
    let forks = thread::spawn(move || {
        let mut after = 0;
        loop {
            let running = exitmacro::plan().handlers().len() < 100_000;
            let Some(child) = fork() else {
                _ = end_child(&end, ExitCode::SUCCESS);
                unreachable!("the child ends");
            };
            let ended = wait_for(child);
            if ended != 5 {
                println!("a child ended with {ended}");
            }
            after += u32::from(running);
            if after > 3 {
                return;
            }
        }
    });
    let waits =
        Handler::new("waits").priority(-1).timeout(Duration::from_secs(20)).register(move || {
            forks.join().expect("it does not panic");
            println!("all children ended");
        });
    waits.expect("the run has not begun");
}

/// A child that is forked while another thread registers the very first handler.
fn first_registration() {
    let thread = thread::spawn(|| register(|| ()).is_ok());
    let Some(child) = fork() else {
        register(|| ()).expect("the run has not begun");
        // SAFETY: this thread is the only one of the child.
        unsafe { libc::exit(5) }
    };
    println!("the child ended with {}", wait_for(child));
    assert!(thread.join().expect("it does not panic"));
}
