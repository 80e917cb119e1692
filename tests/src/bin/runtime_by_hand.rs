//! A runtime that is built by hand. Its task answers a question of an `async` handler. The first
//! argument says what becomes of the runtime, the second one how the program ends.

#[path = "../awaited_end.rs"]
mod awaited_end;
mod forked;

use awaited_end::end;
use exitmacro::signals::{self, Signal};
use exitmacro::{ExitContext, at_exit};
use forked::{fork, wait_for};
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static QUESTIONS: OnceLock<mpsc::UnboundedSender<oneshot::Sender<&'static str>>> = OnceLock::new();

/// Asks a task of the program's runtime.
#[at_exit(timeout = "5s", name = "asks")]
async fn asks(exit: &ExitContext) -> Result<(), &'static str> {
    let is_programs =
        RUNTIME.get().is_some_and(|runtime| runtime.handle().id() == Handle::current().id());
    println!("{}, in the program's runtime: {is_programs}", exit.reason());
    let (answers, answer) = oneshot::channel();
    if let Some(questions) = QUESTIONS.get() {
        questions.send(answers).map_err(|_| "no task asks for questions")?;
        println!("{}", answer.await.map_err(|_| "the task has ended")?);
    }
    Ok(())
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).unwrap_or_default()
}

fn build(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(workers.max(1)).enable_all().build().expect("threads can be started")
}

fn answer_questions() {
    let (questions, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<_>>();
    tokio::spawn(async move {
        while let Some(question) = asked.recv().await {
            question.send("answered").expect("the handler waits");
        }
    });
    QUESTIONS.set(questions).expect("it is set once");
}

fn main() {
    signals::install([Signal::TERM]).expect("nothing is installed yet");
    let workers = argument(1).split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(2);
    let runtime = build(workers);
    if argument(1).ends_with("by its handle") {
        exitmacro::tokio::use_runtime(runtime.handle());
    } else {
        exitmacro::tokio::use_runtime(&runtime);
    }
    if argument(1).ends_with("dropped, not needed") {
        return;
    }
    if argument(1).ends_with("dropped") {
        runtime.block_on(async { answer_questions() });
        return;
    }
    if argument(1).ends_with("forked") {
        let Some(child) = fork() else {
            exitmacro::adopt().expect("the parent has not run them");
            exitmacro::exit(4);
        };
        println!("the child ended with {}", wait_for(child));
        return;
    }
    let runtime = RUNTIME.get_or_init(|| runtime);
    runtime.block_on(async {
        answer_questions();
        end(&argument(2)).await;
    });
}
