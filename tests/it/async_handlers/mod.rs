//! `async fn` handlers end as other handlers do, whatever becomes of the runtimes of the program,
//! and the process ends whatever becomes of them.

mod awaited_run;
mod budget;
mod caller_thread;
mod contexts;
mod ends;
mod misbehaving;
mod signals;
mod without_a_runtime;

use crate::support::{Running, Scenario, scenario};

/// A program with a runtime.
struct Flavor {
    scenario: fn() -> Scenario,
    /// Whether the runtime goes on where the thread of `main` does not.
    outlives_main: bool,
    /// Whether it goes on where a task does not.
    outlives_a_task: bool,
}

fn flavors() -> [Flavor; 3] {
    [
        Flavor {
            scenario: || scenario!("async_current_thread"),
            outlives_main: false,
            outlives_a_task: false,
        },
        Flavor {
            scenario: || scenario!("async_one_worker"),
            outlives_main: true,
            outlives_a_task: false,
        },
        Flavor {
            scenario: || scenario!("async_two_workers"),
            outlives_main: true,
            outlives_a_task: true,
        },
    ]
}

const ALWAYS: fn(&Flavor) -> bool = |_| true;

const WITHOUT_MAIN: fn(&Flavor) -> bool = |flavor| flavor.outlives_main;

const WITHOUT_A_TASK: fn(&Flavor) -> bool = |flavor| flavor.outlives_a_task;

/// What the handlers print; the program's runtime is at work, or not.
fn handlers(reason: &str, code: &str, is_at_work: bool) -> String {
    let runtime = if is_at_work {
        "the program's runtime; the program's works"
    } else {
        "its own runtime; the program's stands still"
    };
    format!("own: {reason}, {code}\nin {runtime}\nlast: {code}\n")
}

/// Starts the programs of all flavors side by side.
#[track_caller]
fn start(way: &str) -> Vec<(Flavor, Running)> {
    flavors()
        .into_iter()
        .map(|flavor| (flavor.scenario)().arg(way).start())
        .zip(flavors())
        .map(|(running, flavor)| (flavor, running))
        .collect()
}

/// Compares what the programs leave that end in this way, for this reason. In some of them the
/// runtime is at work while the handlers run.
#[track_caller]
fn assert_ends(
    way: &str,
    (reason, code): (&str, i32),
    is_at_work: fn(&Flavor) -> bool,
    stderr: &str,
) {
    for (flavor, running) in start(way) {
        let stdout = handlers(
            reason,
            &format!("Some({})", code.abs() + if code < 0 { 128 } else { 0 }),
            is_at_work(&flavor),
        );
        running.end().assert(code, &stdout, stderr);
    }
}

/// The message that std prints for a panic.
fn panicked(thread: &str, file: &str, message: &str) -> String {
    let hint = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
    format!("\nthread '{thread}' (_) panicked at tests/src/bin/{file}.rs:_:\n{message}\n{hint}\n")
}

/// The program whose handlers run in runtimes of their own, the one whose handlers run in its
/// runtime, and the reason that they give for a return.
type Program = (fn() -> Scenario, &'static str);

const PLAIN: Program = (|| scenario!("async_handlers_plain"), "exit");

const AWAITED: Program = (|| scenario!("async_handlers_awaited"), "return");
