//! Handlers that are no `async fn`, in the context of the program's runtime. The first argument
//! says which runtime that is, the second one how the program ends.

#[path = "../awaited_end.rs"]
mod awaited_end;

use exitmacro::signals::{self, Signal};
use exitmacro::{Handler, at_exit};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Whose runtime the calling thread is in, and whether that runs a task.
fn context() -> String {
    let Ok(current) = Handle::try_current() else { return "in no runtime".to_owned() };
    let (ran, has_run) = mpsc::channel();
    current.spawn(async move { ran.send(()) });
    let runs = has_run.recv_timeout(Duration::from_millis(500)).is_ok();
    let is_programs = RUNTIME.get().is_some_and(|runtime| runtime.handle().id() == current.id());
    format!("in the program's runtime: {is_programs}, it runs tasks: {runs}")
}

#[at_exit(priority = 4)]
fn declared() {
    println!("declared: {}", context());
}

#[at_exit(priority = 3)]
fn builds_another() {
    let another = Builder::new_current_thread().build().expect("it needs no thread");
    println!(
        "another one blocks: {}",
        another.block_on(async { Handle::current().id() }) != {
            let current = Handle::try_current().unwrap_or_else(|_| another.handle().clone());
            current.id()
        }
    );
    drop(another);
}

#[at_exit(priority = 2)]
fn panics() {
    Handle::current();
    panic!("it unwinds out of the context");
}

#[at_exit(priority = 1)]
async fn asynchronous() {
    println!("async: {}", tokio::spawn(async { "a task ran" }).await.expect("it does not panic"));
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).unwrap_or_default()
}

fn main() {
    signals::install([Signal::TERM]).expect("nothing is installed yet");
    std::panic::set_hook(Box::new(|_| ()));
    Handler::new("registered")
        .register(|| println!("registered: {}", context()))
        .expect("the run has not begun");
    let workers = argument(1).split(' ').next().and_then(|word| word.parse::<usize>().ok());
    let Some(workers) = workers else { return };
    let mut builder =
        if workers == 0 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = builder.worker_threads(workers.max(1)).build().expect("threads can be started");
    exitmacro::tokio::use_runtime(&runtime);
    if argument(1).ends_with("dropped") {
        return runtime.block_on(async {});
    }
    RUNTIME.get_or_init(|| runtime).block_on(awaited_end::end(&argument(2)));
}
