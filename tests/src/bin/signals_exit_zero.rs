//! Ends with status 0 after SIGTERM, as configured. SIGINT is not listed, and kills. With the
//! argument "fails" the handler fails, for which a status is configured too.

use exitmacro::{ExitContext, at_exit};

exitmacro::config! { signals = [TERM], on_signal = exit_zero, on_failure = code(3) }

#[at_exit]
fn say_why(exit: &ExitContext) -> Result<(), &'static str> {
    println!("{}, {:?}", exit.reason(), exit.code());
    if std::env::args().nth(1).as_deref() == Some("fails") { Err("no luck") } else { Ok(()) }
}

fn main() {
    println!("ready");
    loop {
        std::thread::park();
    }
}
