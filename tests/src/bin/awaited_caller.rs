//! Awaits handlers, one of which asks for the calling thread and hangs there. The argument names
//! how they are awaited.

use std::process::ExitCode;
use std::thread;

fn thread_name() -> String {
    thread::current().name().unwrap_or("without a name").to_owned()
}

#[exitmacro::at_exit(priority = 1, thread = caller, timeout = "100ms")]
fn hangs() {
    println!("hangs on {}", thread_name());
    loop {
        thread::park();
    }
}

#[exitmacro::at_exit(thread = caller)]
fn next() {
    println!("next on {}", thread_name());
}

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("run_async") {
        let report = exitmacro::run_async().await;
        println!("ready: {}", report.handlers().len());
    }
    ExitCode::from(3)
}
