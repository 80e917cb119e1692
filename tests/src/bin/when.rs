//! Handlers that run at some exits only. The arguments name the exit path, and a status that a
//! handler sets.

use exitmacro::{ExitContext, Handler, When, at_exit};

#[at_exit(when = success)]
fn at_success() {
    println!("success");
}

#[at_exit(when = failure)]
fn at_failure() {
    println!("failure");
}

#[at_exit(when = signal)]
fn at_a_signal() {
    println!("signal");
}

#[at_exit(when = always, priority = 10)]
fn always(exit: &ExitContext) -> Result<(), &'static str> {
    match std::env::args().nth(2).as_deref() {
        None => {}
        Some("fails") => return Err("no luck"),
        Some(status) => exit.set_code(status.parse().expect("a number")),
    }
    Ok(())
}

#[exitmacro::main(signals = [TERM], on_failure = code(4))]
fn main() -> Result<(), &'static str> {
    std::panic::set_hook(Box::new(|_| ()));
    Handler::new("registered")
        .when(When::Failure)
        .priority(-1)
        .register(|| println!("registered, failure"))
        .expect("the run has not begun");
    match std::env::args().nth(1).expect("an exit path").as_str() {
        "return" => Ok(()),
        "error" => Err("main fails"),
        "panic" => panic!("main panics"),
        "exit 0" => std::process::exit(0),
        "exit 5" => std::process::exit(5),
        "exitmacro exit 5" => exitmacro::exit(5),
        // The parent sees this as 0.
        "exit 256" => std::process::exit(256),
        "exitmacro exit 256" => exitmacro::exit(256),
        // SAFETY: only this thread exits.
        "c exit 256" => unsafe { libc::exit(256) },
        "run" => {
            println!("{}", exitmacro::run().is_success());
            Ok(())
        }
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            loop {
                std::thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}
