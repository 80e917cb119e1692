//! Has functions answer signals. The argument names the case.

mod forked;

use exitmacro::signals::{self, Answer, Signal, Signals};
use exitmacro::{ExitContext, Handler, at_exit};
use forked::{fork, wait_for};
use std::io::{Read, stdin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

#[at_exit(priority = -1)]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

/// How many signals functions have answered.
static ANSWERED: AtomicU32 = AtomicU32::new(0);

/// Prints what arrives, and answers by its number, counted from 1.
fn counting(answer: fn(u32) -> Answer) -> impl Fn(Signal) -> Answer {
    let count = AtomicU32::new(0);
    move |signal| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{signal} {number}");
        ANSWERED.fetch_add(1, Ordering::Relaxed);
        answer(number)
    }
}

fn handled(signal: Signal) {
    let is_taken = signals::on(signal, counting(|_| Answer::Handled)).expect("it is answered");
    assert!(is_taken, "it is not ignored");
}

fn install(signals: &[Signal]) {
    signals::install(signals.iter().copied()).expect("nothing is installed yet");
}

fn stuck() {
    Handler::new("stuck")
        .timeout(Duration::from_secs(50))
        .register(|| -> () {
            println!("stuck");
            loop {
                thread::park();
            }
        })
        .expect("the run has not begun");
}

/// A handler that ends a little after so many signals were answered.
fn waits_for_answers(count: u32) {
    let wait = move || {
        println!("the handler waits");
        while ANSWERED.load(Ordering::Relaxed) < count {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(100));
    };
    Handler::new("waits").register(wait).expect("the run has not begun");
}

struct SaysDrop;

impl Drop for SaysDrop {
    fn drop(&mut self) {
        println!("the first one is dropped");
    }
}

/// The function waits for a byte.
fn waits_for_a_byte() -> impl Fn(Signal) -> Answer {
    let count = AtomicU32::new(0);
    move |signal| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{signal} begins {number}");
        stdin().read_exact(&mut [0]).expect("a byte comes");
        println!("{signal} ends {number}");
        Answer::Handled
    }
}

fn say_end_of(child: libc::pid_t) {
    match wait_for(child) {
        status @ 0.. => println!("the child ended with {status}"),
        signal => println!("the child died of {}", -signal),
    }
}

fn raise(signal: Signal) {
    // SAFETY: no preconditions.
    assert_eq!(unsafe { libc::kill(libc::getpid(), signal.number()) }, 0);
}

/// Raises a signal, and waits until a function has answered it.
fn raise_answered(signal: Signal) {
    let before = ANSWERED.load(Ordering::Relaxed);
    raise(signal);
    while ANSWERED.load(Ordering::Relaxed) == before {
        thread::sleep(Duration::from_millis(1));
    }
}

fn say_signals() {
    let text = exitmacro::plan().explain().to_string();
    let line = text.lines().find(|line| line.starts_with("signals: "));
    println!("{}", line.expect("it tells of signals"));
}

fn adopt() {
    exitmacro::adopt().expect("the parent has not run them");
}

fn prepare(case: &str) {
    match case {
        "ends at the second one" => {
            let answer = |number| if number == 1 { Answer::Handled } else { Answer::End };
            signals::on(Signal::INT, counting(answer)).expect("it is answered");
        }
        "ends" | "ends, stuck" => {
            signals::on(Signal::USR1, counting(|_| Answer::End)).expect("it is answered");
            if case != "ends" {
                stuck();
            }
        }
        "ends by the policy" => {
            let policy = Signals::new([Signal::TERM]).on_signal(signals::OnSignal::Reraise);
            policy.install().expect("nothing is installed yet");
            signals::on(Signal::INT, counting(|_| Answer::End)).expect("it is answered");
        }
        "installed before" => {
            install(&[Signal::INT, Signal::TERM]);
            handled(Signal::INT);
            stuck();
        }
        "installed after" => {
            handled(Signal::INT);
            install(&[Signal::INT, Signal::TERM]);
            stuck();
        }
        "others" => {
            handled(Signal::USR1);
            install(&[Signal::TERM]);
            stuck();
        }
        "ends what another began" => {
            signals::on(Signal::USR1, counting(|_| Answer::End)).expect("it is answered");
            install(&[Signal::TERM]);
            stuck();
        }
        "ends later" => {
            let waits = waits_for_a_byte();
            let ends = move |signal: Signal| {
                waits(signal);
                ANSWERED.fetch_add(1, Ordering::Relaxed);
                Answer::End
            };
            signals::on(Signal::USR1, ends).expect("it is answered");
            install(&[Signal::TERM]);
            waits_for_answers(1);
        }
        "panics" | "panics, ending" => {
            if case != "panics" {
                install(&[Signal::HUP]);
            }
            signals::on(Signal::HUP, |_| panic!("no luck")).expect("it is answered");
            signals::on(Signal::TERM, counting(|_| Answer::End)).expect("it is answered");
        }
        "replaced" => {
            let first = SaysDrop;
            let answer = move |_| {
                _ = &first;
                Answer::End
            };
            signals::on(Signal::INT, answer).expect("it is answered");
            println!("replaces");
            handled(Signal::INT);
            signals::on(Signal::TERM, |_| Answer::End).expect("it is answered");
        }
        "ignored" => {
            println!("{:?}", signals::on(Signal::HUP, counting(|_| Answer::End)));
            handled(Signal::USR1);
        }
        "waits" => {
            signals::on(Signal::INT, waits_for_a_byte()).expect("it is answered");
        }
        "exits" => {
            let exits = |_| -> Answer { exitmacro::exit(7) };
            signals::on(Signal::INT, exits).expect("it is answered");
        }
        "stops" => {
            let stops = |signal: Signal| {
                println!("{signal}");
                Answer::Stop
            };
            signals::on(Signal::TSTP, stops).expect("it is answered");
            handled(Signal::CONT);
        }
        "explained" => {
            handled(Signal::HUP);
            handled(Signal::USR1);
            install(&[Signal::TERM]);
            say_signals();
        }
        other => panic!("unknown case: {other}"),
    }
}

/// In a child whose parent ends by SIGTERM and answers SIGINT.
fn in_child_of_installed(case: &str) {
    install(&[Signal::TERM]);
    handled(Signal::INT);
    let Some(child) = fork() else {
        let end = match case {
            "installed: child installs, adopts" => Signal::USR1,
            _ => Signal::TERM,
        };
        adopt_after_own(case);
        say_signals();
        raise(end);
        loop {
            thread::park();
        }
    };
    say_end_of(child);
}

/// Handles signals by itself, and then those that the parent handled.
fn adopt_after_own(case: &str) {
    match case {
        "installed: child answers" => {
            handled(Signal::HUP);
            raise_answered(Signal::HUP);
        }
        "installed: child answers, adopts" => {
            handled(Signal::HUP);
            adopt();
            adopt();
            [Signal::HUP, Signal::INT].into_iter().for_each(raise_answered);
        }
        "installed: child answers the same, adopts" => {
            let answers = |signal| {
                println!("{signal}, in the child");
                ANSWERED.fetch_add(1, Ordering::Relaxed);
                Answer::Handled
            };
            signals::on(Signal::INT, answers).expect("it is answered");
            adopt();
            raise_answered(Signal::INT);
        }
        "installed: child installs, adopts" => {
            install(&[Signal::USR1]);
            adopt();
            raise_answered(Signal::INT);
        }
        "installed: grandchild adopts" => {
            handled(Signal::HUP);
            if let Some(grandchild) = fork() {
                say_end_of(grandchild);
                return;
            }
            handled(Signal::USR1);
            adopt();
            [Signal::HUP, Signal::INT, Signal::USR1].into_iter().for_each(raise_answered);
        }
        other => panic!("unknown case: {other}"),
    }
}

fn in_child(case: &str) {
    handled(Signal::INT);
    let Some(child) = fork() else {
        match case {
            "child" => raise(Signal::INT),
            "child answers" => {
                let answer = |number| if number == 1 { Answer::Handled } else { Answer::End };
                signals::on(Signal::INT, counting(answer)).expect("it is answered");
                exitmacro::register(|| println!("the handler of the child")).expect("it runs");
                raise(Signal::INT);
                thread::sleep(Duration::from_millis(300));
                raise(Signal::INT);
            }
            "child adopts" => {
                adopt();
                raise(Signal::INT);
                thread::sleep(Duration::from_millis(300));
                exitmacro::exit(5);
            }
            other => panic!("unknown case: {other}"),
        }
        loop {
            thread::park();
        }
    };
    say_end_of(child);
}

fn main() {
    let case = std::env::args().nth(1).expect("a case");
    if case.starts_with("child") {
        return in_child(&case);
    }
    if case.starts_with("installed:") {
        return in_child_of_installed(&case);
    }
    prepare(&case);
    println!("ready");
    if case == "explained" {
        return;
    }
    loop {
        thread::park();
    }
}
