//! A run that takes long. The first argument says what it consists of, the second one how it ends.
//! A handler waits until a line arrives on stdin.

use exitmacro::{Handler, HandlerFn, at_exit};
use std::io::Read;
use std::time::Duration;

#[at_exit(name = "the last one")]
fn last() {}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().expect("a case");
    #[cfg(unix)]
    if arguments.next().as_deref() == Some("signals") {
        exitmacro::signals::install([exitmacro::Signal::INT, exitmacro::Signal::TERM])
            .expect("nothing is handled yet");
    }
    match case.as_str() {
        "waits" => handler("app::waits", Duration::from_secs(20), wait),
        "prints" => handler("app::prints", Duration::from_secs(20), print),
        "fails at once" => handler("app::fails", Duration::from_secs(20), || Err("no luck")),
        "on the caller" => Handler::new("app::on_caller")
            .on_caller()
            .register(wait)
            .map(drop)
            .expect("the run has not begun"),
        "concurrent" => concurrent(),
        "short limit" => handler("app::waits", Duration::from_secs(4), wait),
        "fails" => handler("app::fails", Duration::from_secs(20), fail),
        "prints no line end" => {
            handler("app::waits", Duration::from_secs(20), wait_and_begin_a_line)
        }
        other => panic!("unknown case: {other}"),
    }
    println!("ready");
    if case == "prints no line end" {
        // While std still buffers what it prints.
        exitmacro::exit(0);
    }
}

fn handler<Signature: 'static>(
    name: &'static str,
    timeout: Duration,
    function: impl HandlerFn<Signature>,
) {
    Handler::new(name).timeout(timeout).register(function).expect("the run has not begun");
}

fn wait() {
    println!("running");
    _ = std::io::stdin().read(&mut [0]);
}

fn print() {
    wait();
    eprintln!("printed");
    wait();
}

fn wait_and_begin_a_line() {
    wait();
    print!("no line end");
}

fn fail() -> Result<(), &'static str> {
    wait();
    Err("no luck")
}

fn concurrent() {
    for name in ["app::first", "app::second", "app::third", "app::fourth"] {
        let wait = move || {
            println!("{}", name.trim_start_matches("app::"));
            _ = std::io::stdin().read(&mut [0]);
        };
        let handler = Handler::new(name).timeout(Duration::from_secs(20)).concurrent();
        handler.register(wait).expect("the run has not begun");
    }
}
