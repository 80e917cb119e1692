//! `async fn` handlers in a runtime that the program built by hand, and in place of one that has
//! ended.

use crate::support::{Scenario, normalized, scenario, without_line_numbers};

fn program(runtime: &str, end: &str) -> Scenario {
    scenario!("runtime_by_hand").arg(runtime).arg(end)
}

/// What the handler prints.
fn answered(reason: &str, is_programs: bool) -> String {
    let answer = if is_programs { "answered\n" } else { "" };
    format!("{reason}, in the program's runtime: {is_programs}\n{answer}")
}

#[test]
fn handlers_run_in_the_runtime_that_the_program_names() {
    for runtime in ["1 worker", "2 workers", "2 workers, by its handle"] {
        for (end, reason, code) in [("returns", "exit", 0), ("signal", "SIGTERM", 143)] {
            program(runtime, end).run().assert(code, &answered(reason, true), "");
        }
    }
    // While the thread of `main` exits, a worker is left.
    for end in ["exits", "exits by std"] {
        program("2 workers", end).run().assert(3, &answered("exit", true), "");
    }
}

const HAD_ENDED: &str = "exitmacro: the tokio runtime of the program had ended, so `async` \
                         handlers run in another one, where its connections and tasks do not \
                         answer; put `#[exitmacro::main]` above `#[tokio::main]`, or keep the \
                         runtime in a static\n";

#[test]
fn a_handler_that_needs_a_runtime_that_has_ended_is_told() {
    for runtime in ["0 workers, dropped", "1 worker, dropped", "2 workers, dropped"] {
        let stderr = format!(
            "{HAD_ENDED}exitmacro: handler `asks` (tests/src/bin/runtime_by_hand.rs:_) failed \
             after _s: no task asks for questions\n"
        );
        let ended = program(runtime, "").run();
        let said = without_line_numbers(&normalized(&ended.stderr));
        assert_eq!(said, stderr);
        assert_eq!((ended.code(), ended.stdout), (0, answered("exit", false)));
    }
}

#[test]
fn nothing_is_told_where_a_runtime_that_has_ended_is_not_needed() {
    program("2 workers, dropped, not needed", "").run().assert(0, &answered("exit", false), "");
}

#[test]
fn a_forked_child_has_a_runtime_of_its_own() {
    let stdout = format!("{}the child ended with 4\n", answered("exit", false));
    program("2 workers, forked", "").run().assert(0, &stdout, "");
}
