//! Handles signals by calls at run time. The first argument names the case, the second the policy.

mod forked;

use exitmacro::signals::{OnSignal, Signal, Signals};
use exitmacro::{ExitContext, Handler, HandlerFn, at_exit, shutdown, signals};
use forked::{fork, wait_for};
use std::io::Read;
use std::thread;
use std::time::Duration;

#[at_exit(priority = 1)]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().expect("a case");
    let on_signal = match arguments.next().as_deref() {
        None => OnSignal::ExitCode,
        Some("reraise") => OnSignal::Reraise,
        Some("exit_zero") => OnSignal::ExitZero,
        Some(other) => panic!("unknown policy: {other}"),
    };
    match case.as_str() {
        "none" => wait(),
        "grace" | "child in grace" => Signals::new([Signal::TERM])
            .grace(Duration::from_secs(20))
            .install()
            .expect("nothing is handled yet"),
        "quit" => signals::install([Signal::QUIT]).expect("nothing is handled yet"),
        _ => Signals::new([Signal::INT, Signal::TERM, Signal::HUP])
            .on_signal(on_signal)
            .install()
            .expect("nothing is handled yet"),
    }
    match case.as_str() {
        "wait" | "quit" => {}
        #[cfg(unix)]
        "a stop is the end" => {
            signals::on(Signal::TSTP, |_| signals::Answer::End).expect("nothing answers it yet");
        }
        "twice" => println!("{:?}", signals::install([Signal::USR1])),
        "set_code" => handler("sets 7", |exit: &ExitContext| exit.set_code(7)),
        "exit" => handler("asks for 7", || -> () { exitmacro::exit(7) }),
        "std exit" => handler("asks for 7", || -> () { std::process::exit(7) }),
        "std exit with success" => handler("asks for 0", || -> () { std::process::exit(0) }),
        "fails" => handler("fails", || Err::<(), _>("no luck")),
        "panics" => handler("panics", || -> () { panic!("no luck") }),
        "stuck" => handler("stuck", stuck),
        "slow" => handler("slow", slow),
        "many" => many(),
        "grace" => {
            println!("ready");
            return shutdown::wait();
        }
        "child in grace" => return child_in_grace(),
        "run by hand" => return run_by_hand(),
        "ends by itself" => return end_by_itself(),
        "stuck at the end" => return handler("stuck", stuck),
        "is exiting" => return is_exiting(),
        other => panic!("unknown case: {other}"),
    }
    wait()
}

fn wait() -> ! {
    println!("ready");
    loop {
        thread::park();
    }
}

fn handler<Signature: 'static>(name: &'static str, function: impl HandlerFn<Signature>) {
    Handler::new(name)
        .timeout(Duration::from_secs(50))
        .register(function)
        .expect("the run has not begun");
}

fn stuck() {
    println!("stuck");
    loop {
        thread::park();
    }
}

/// Takes longer than the repetition of a signal.
fn slow() {
    println!("cleaning");
    thread::sleep(Duration::from_millis(50));
    println!("cleaned");
}

/// Handlers that print when they begin and when they finish. The last one waits for the signal that
/// forces the end, which on a busy machine comes after the others.
fn many() {
    handler("the last of many", stuck);
    for number in 0..20 {
        handler("one of many", move || {
            println!("begin {number}");
            thread::yield_now();
            println!("end {number}");
        });
    }
}

/// Is asked to end, and forks a child that handles signals itself and gets a request of its own.
fn child_in_grace() {
    println!("ready");
    shutdown::wait();
    let Some(child) = fork() else {
        handler("child", |exit: &ExitContext| {
            println!("the child: {}, {:?}", exit.reason(), exit.code())
        });
        println!("asked: {}", shutdown::is_requested());
        Signals::new([Signal::INT])
            .grace(Duration::from_secs(20))
            .install()
            .expect("nothing is handled in the child");
        // SAFETY: may be called from anywhere.
        unsafe { libc::raise(libc::SIGINT) };
        return shutdown::wait();
    };
    println!("the child ended with {}", wait_for(child));
}

/// Exits, and is asked to end while the handlers run.
fn end_by_itself() {
    handler("is asked", || {
        println!("ending");
        println!("asked: {}", shutdown::wait_timeout(Duration::from_secs(50)));
    });
    handler("before", || println!("before"));
    std::process::exit(3);
}

/// Runs the handlers by hand, and is asked to end while they run.
fn run_by_hand() {
    handler("is asked", || {
        println!("running");
        println!("asked: {}", shutdown::wait_timeout(Duration::from_secs(50)));
    });
    exitmacro::run();
    loop {
        thread::park();
    }
}

/// Returns, and is asked to end when libc's `exit` has no function of ours left to call.
fn is_exiting() {
    extern "C" fn wait_for_stdin() {
        println!("exiting");
        _ = std::io::stdin().read(&mut [0]);
    }
    // SAFETY: the function takes and returns nothing.
    unsafe { libc::atexit(wait_for_stdin) };
    exitmacro::arm();
}
