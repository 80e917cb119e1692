//! `async fn` handlers end as other handlers do, and the process ends, whatever state the runtimes
//! of the program are in.

mod awaited_run;
mod budget;
mod caller_thread;
mod cells;
mod closing;
mod contexts;
mod ends;
mod misbehaving;
mod registered;
mod runtime_by_hand;
mod runtime_context;
mod signals;
mod values;
mod without_a_runtime;

use crate::support::{Running, Scenario, despite_load, scenario, seen, seen_after};

/// A program with a runtime.
struct Flavor {
    scenario: fn() -> Scenario,
    /// Whether the runtime works while the thread of `main` is blocked.
    outlives_main: bool,
    /// Whether the runtime works while a task blocks its worker.
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

/// What the handlers print, and whether the runtime of the program works.
fn handlers(reason: &str, code: &str, is_at_work: bool) -> String {
    let runtime = if is_at_work {
        "the program's runtime; the program's works"
    } else {
        "its own runtime; the program's stands still"
    };
    format!("own: {reason}, {code}\nin {runtime}\nlast: {code}\n")
}

/// Starts the programs of all flavours concurrently.
#[track_caller]
fn start(exit_path: &str) -> Vec<(Flavor, Running)> {
    flavors()
        .into_iter()
        .map(|flavor| (flavor.scenario)().arg(exit_path).start())
        .zip(flavors())
        .map(|(running, flavor)| (flavor, running))
        .collect()
}

/// Compares what the programs leave on this exit path. `is_at_work` returns in which of them the
/// runtime works while the handlers run.
#[track_caller]
fn assert_ends(
    exit_path: &str,
    (reason, code): (&str, i32),
    is_at_work: fn(&Flavor) -> bool,
    stderr: &str,
) {
    let status = format!("Some({})", code.abs() + if code < 0 { 128 } else { 0 });
    // A runtime whose threads get no processor is taken for a blocked one.
    despite_load(|| {
        for (flavor, running) in start(exit_path) {
            let stdout = handlers(reason, &status, is_at_work(&flavor));
            // The end of a `main` with the attribute is known.
            let stdout = if exit_path.starts_with("std exit") { seen(&stdout) } else { stdout };
            running.end().assert(code, &stdout, stderr);
        }
    });
}

/// A program, and the reason that its handlers get for a return. The handlers of `PLAIN` run in
/// runtimes of their own, those of `AWAITED` in the runtime of the program.
type Program = (fn() -> Scenario, &'static str);

const PLAIN: Program = (|| scenario!("async_handlers_plain"), "exit");

const AWAITED: Program = (|| scenario!("async_handlers_awaited"), "return");

/// What handlers print of the status with which such a program ends on this exit path.
fn seen_by((_, returned): Program, exit_path: &str, text: &str) -> String {
    let is_known = exit_path == "return" && returned == "return";
    if is_known { text.to_owned() } else { seen_after(exit_path, text) }
}
