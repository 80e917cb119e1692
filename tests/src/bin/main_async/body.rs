//! The body of both programs.

use exitmacro::{ExitContext, at_exit};
use std::error::Error;
use std::process::ExitCode;
use std::thread;

struct Spoken(&'static str);

impl Drop for Spoken {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

thread_local! {
    static THREAD_LOCAL: Spoken = const { Spoken("thread-local") };
}

#[at_exit(priority = 1, thread = caller)]
fn on_the_ending_thread(exit: &ExitContext) {
    println!("on {}: {}, {:?}", ending_thread(), exit.reason(), exit.code());
    println!("inside the runtime: {}", tokio::runtime::Handle::try_current().is_ok());
}

fn ending_thread() -> &'static str {
    match thread::current().name() {
        Some("main") if THREAD_LOCAL.try_with(|_| ()).is_ok() => "main, its thread-local is alive",
        Some("main") => "main, its thread-local is gone",
        _ => "another thread",
    }
}

pub(crate) async fn end() -> Result<ExitCode, Box<dyn Error>> {
    let _local = Spoken("local");
    THREAD_LOCAL.with(|_| ());
    let exit_path = tokio::spawn(async { std::env::args().nth(1) }).await?;
    match exit_path.as_deref() {
        Some("return 7") => Ok(ExitCode::from(7)),
        Some("error") => Ok(ExitCode::from("no number".parse::<u8>()?)),
        Some("panic") => panic!("main panics"),
        Some("exitmacro exit") => exitmacro::exit(5),
        Some("std exit") => std::process::exit(6),
        Some("exitmacro exit in a task") => {
            tokio::spawn(exit_in_a_task()).await?;
            Err("the task came back".into())
        }
        other => Err(format!("unknown exit path: {other:?}").into()),
    }
}

async fn exit_in_a_task() {
    exitmacro::exit(8)
}
