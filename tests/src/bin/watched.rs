//! Watches threads and tasks. The first argument is the grace in milliseconds, the second one names
//! what the program does.

use core::future::{pending, poll_fn};
use core::task::Poll;
use exitmacro::{ExitContext, Signal, at_exit, shutdown, signals::Signals, watch, watched};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;
use tokio::runtime;

/// Called in the handler.
static IN_HANDLER: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

#[at_exit]
fn say(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
    let call = IN_HANDLER.lock().expect("no panic").take();
    if let Some(call) = call {
        call();
    }
}

#[exitmacro::main]
fn main() {
    let [_, grace, case] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let grace = Duration::from_millis(grace.parse().expect("a number"));
    Signals::new([Signal::TERM]).grace(grace).install().expect("installed once");
    match case.as_str() {
        "thread" => drop(watch(named("worker", panics))),
        "thread without a name" => drop(watch(thread::spawn(panics))),
        "thread that ended before" => {
            let thread = named("worker", panics);
            while !thread.is_finished() {
                thread::yield_now();
            }
            drop(watch(thread));
        }
        "thread that is joined" => {
            let thread = watch(named("worker", panics));
            println!("{:?}", thread.thread().name());
            let payload = thread.join().expect_err("it panics");
            println!("joined: {:?}", payload.downcast_ref::<&str>());
        }
        "thread that returns" => {
            let thread = watch(thread::spawn(|| 7));
            println!("joined: {:?}", thread.join().ok());
            return;
        }
        "thread that catches its panic" => {
            let thread = watch(thread::spawn(|| drop(std::panic::catch_unwind(panics))));
            println!("joined: {:?}", thread.join().ok());
            return;
        }
        "function" => drop(named("worker", watched(panics))),
        "function that is joined" => {
            let payload = named("worker", watched(panics)).join().expect_err("it panics");
            println!("joined: {:?}", payload.downcast_ref::<&str>());
        }
        "function that returns" => {
            println!("joined: {:?}", thread::spawn(watched(|| 7)).join().ok());
            return;
        }
        "function, and main is stuck" => {
            drop(named("worker", watched(panics)));
            loop {
                thread::park();
            }
        }
        "two functions" => {
            let threads = [named("worker", watched(panics)), named("worker", watched(panics))];
            println!("panicked: {}", threads.map(|thread| thread.join().is_err()).len());
        }
        "function after a signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            shutdown::wait();
            println!("panicked: {}", named("worker", watched(panics)).join().is_err());
        }
        "function in a handler" => {
            in_handler(|| {
                println!("panicked: {}", named("worker", watched(panics)).join().is_err());
            });
            return;
        }
        "exit in a handler" => {
            in_handler(watched(|| exitmacro::exit(4)));
            return;
        }
        "exit in a handler of a run by hand" => {
            in_handler(watched(|| exitmacro::exit(4)));
            exitmacro::run();
        }
        "tasks" => {
            tasks(&mut runtime::Builder::new_multi_thread());
            tasks(&mut runtime::Builder::new_current_thread());
            println!("requested: {}", shutdown::is_requested());
            return;
        }
        "task" => panicking_task(&mut runtime::Builder::new_multi_thread()),
        "task on one thread" => panicking_task(&mut runtime::Builder::new_current_thread()),
        "task that is awaited" => awaited_panic(),
        "task without a share" => task_without_a_share(),
        "task outside of a runtime" => {
            let runtime = runtime::Builder::new_multi_thread().build().expect("a runtime");
            let (begin, begins) = tokio::sync::oneshot::channel::<()>();
            let task = runtime.spawn(async {
                begins.await.expect("it is sent");
                panics();
            });
            drop(watch(task));
            begin.send(()).expect("the task waits");
            shutdown::wait();
        }
        other => panic!("unknown case: {other}"),
    }
    shutdown::wait();
}

fn panics() {
    panic!("no luck");
}

fn named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    Builder::new().name(name.to_owned()).spawn(work).expect("a thread")
}

fn in_handler(call: impl FnOnce() + Send + 'static) {
    *IN_HANDLER.lock().expect("no panic") = Some(Box::new(call));
}

/// Tasks that do not panic: one that returns, one that is cancelled, and one that the end of the
/// runtime cancels.
fn tasks(builder: &mut runtime::Builder) {
    let runtime = builder.enable_time().build().expect("a runtime");
    let mut left = Vec::new();
    runtime.block_on(async {
        let (sender, receiver) = mpsc::channel();
        let short = watch(tokio::spawn(async { 7 }));
        let long = watch(tokio::spawn(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            8
        }));
        println!("awaited: {:?}, {:?}", short.await.ok(), long.await.ok());
        drop(watch(tokio::spawn(async move { sender.send("dropped, and runs") })));
        while receiver.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        let cancelled = watch(tokio::spawn(pending::<()>()));
        println!("finished: {}", cancelled.is_finished());
        cancelled.abort();
        println!("cancelled: {}", cancelled.await.is_err_and(|error| error.is_cancelled()));
        left.push(watch(tokio::spawn(pending::<()>())));
    });
    drop(runtime);
    println!("ended with its runtime: {}", left[0].is_finished());
}

fn panicking_task(builder: &mut runtime::Builder) {
    builder.build().expect("a runtime").block_on(async {
        drop(watch(tokio::spawn(async { panics() })));
        shutdown::notified().await;
    });
}

fn awaited_panic() {
    runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
        let error = watch(tokio::spawn(async { panics() })).await.expect_err("it panics");
        println!("awaited: {}", error.is_panic());
    });
}

/// A task that panics when it has used up what tokio lets it do at once.
fn task_without_a_share() {
    runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..1_000 {
            sender.send(number).expect("the receiver is there");
        }
        let task = tokio::spawn(poll_fn(move |context| -> Poll<()> {
            while receiver.poll_recv(context).is_ready() {}
            println!("left: {}", !receiver.is_empty());
            panic!("no luck")
        }));
        drop(watch(task));
        shutdown::notified().await;
    });
}
