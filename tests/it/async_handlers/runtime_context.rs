//! Handlers that are no `async fn` are called in the context of the program's tokio runtime.

use crate::support::{handler_line, scenario};

const NONE: &str = "in no runtime";

/// Compares what the program leaves whose handlers are called in this context.
#[track_caller]
fn assert_context(runtime: &str, (end, code): (&str, i32), context: &str) {
    let stdout = format!(
        "declared: {context}\nanother one blocks: {}\nasync: a task ran\nregistered: {context}\n",
        context != NONE
    );
    let panicked = if context == NONE {
        "panicked after _s: there is no reactor running, must be called from the context of a \
         Tokio 1.x runtime"
    } else {
        "panicked after _s: it unwinds out of the context"
    };
    scenario!("runtime_context").arg(runtime).arg(end).run().assert_at_any_line(
        code,
        &stdout,
        &handler_line("runtime_context::panics", "runtime_context", panicked),
    );
}

#[test]
fn handlers_find_the_programs_runtime_while_it_runs() {
    let context = "in the program's runtime: true, it runs tasks: true";
    for runtime in ["1 worker", "2 workers"] {
        assert_context(runtime, ("returns", 0), context);
        assert_context(runtime, ("signal", 143), context);
        assert_context(runtime, ("exits", 3), context);
        assert_context(runtime, ("exits by std", 3), context);
    }
}

#[test]
fn handlers_find_a_runtime_that_no_thread_drives() {
    for end in [("returns", 0), ("exits", 3), ("exits by std", 3)] {
        assert_context("0 workers", end, "in the program's runtime: true, it runs tasks: false");
    }
}

#[test]
fn handlers_have_no_context_where_the_runtime_has_ended_or_is_not_known() {
    for runtime in ["0 workers, dropped", "1 worker, dropped", "2 workers, dropped", "none"] {
        assert_context(runtime, ("returns", 0), NONE);
    }
}
