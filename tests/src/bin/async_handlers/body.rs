//! The body of both programs. An async handler behaves as the first argument names, between
//! handlers that behave well. The program ends as the second argument names.

use exitmacro::{ExitContext, Report, at_exit};
use std::future::{pending, poll_fn};
use std::process::ExitCode;
use std::task::Poll;
use std::thread;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// Prints that it is dropped, and does what it is configured to do.
struct Dropped(fn());

impl Drop for Dropped {
    fn drop(&mut self) {
        println!("dropped");
        (self.0)();
    }
}

fn hang() {
    loop {
        thread::park();
    }
}

#[at_exit(priority = 2, name = "before")]
async fn before() {
    sleep(Duration::from_millis(1)).await;
    println!("before");
}

#[at_exit(priority = 1, timeout = "1s", name = "middle")]
async fn middle(exit: &ExitContext) -> Result<(), String> {
    let dropped = Dropped(|| ());
    tokio::task::yield_now().await;
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "good" => {}
        "late" => pending().await,
        "restless" => {
            poll_fn(|context| {
                context.waker().wake_by_ref();
                Poll::<()>::Pending
            })
            .await;
        }
        "blocking" => hang(),
        "late, and dropped slowly" => {
            let _slow = Dropped(hang);
            pending::<()>().await;
        }
        "late, and panics when it is dropped" => {
            let _panics = Dropped(|| panic!("no luck"));
            pending::<()>().await;
        }
        "panics" => panic!("no luck"),
        "panics when it is dropped" => drop(Dropped(|| panic!("no luck"))),
        "fails" => return Err("no luck".to_owned()),
        "exitmacro exit" => exitmacro::exit(7),
        "std exit" => std::process::exit(7),
        "exitmacro exit in a task" => {
            println!("came back: {}", tokio::spawn(async { exitmacro::exit(7) }).await.is_err())
        }
        "asks" => ask(exit).await,
        "sets 300" => exit.set_code(300),
        "sets -1" => exit.set_code(-1),
        "sets 0" => exit.set_code(0),
        "runs" => println!("so far: {}", list(&exitmacro::run_async().await)),
        "late, and leaves a thread" => {
            spawn_blocking(hang);
            pending().await
        }
        "leaves a thread" => drop(spawn_blocking(hang)),
        "leaves a thread and panics" => {
            spawn_blocking(hang);
            panic!("no luck")
        }
        "leaves a thread and exits" => {
            spawn_blocking(hang);
            exitmacro::exit(7)
        }
        other => return Err(format!("unknown act: {other}")),
    }
    drop(dropped);
    Ok(())
}

async fn ask(exit: &ExitContext) {
    for _ in 0..3 {
        sleep(Duration::from_millis(1)).await;
        println!(
            "{}, {:?}, abandoned: {}",
            exit.reason(),
            exit.code(),
            exit.is_abandoned() || exit.remaining().is_zero()
        );
    }
    exit.set_code(9);
    tokio::task::yield_now().await;
}

#[at_exit(name = "after")]
async fn after() {
    sleep(Duration::from_millis(1)).await;
    println!("after");
}

#[at_exit(priority = -1, name = "last")]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

fn list(report: &Report) -> String {
    let outcomes =
        report.handlers().iter().map(|handler| format!("{} {}", handler.name(), handler.outcome()));
    outcomes.collect::<Vec<_>>().join(", ")
}

pub(crate) fn end(run: impl FnOnce() -> Report) -> ExitCode {
    match std::env::args().nth(2).unwrap_or_default().as_str() {
        "return" => {}
        "return 5" => return ExitCode::from(5),
        "std exit" => std::process::exit(0),
        "exitmacro exit" => exitmacro::exit(0),
        "run" => println!("report: {}", list(&run())),
        other => panic!("unknown exit path: {other}"),
    }
    ExitCode::SUCCESS
}
