//! Async closures and functions that are registered.

use crate::support::{handler_line, scenario};

#[test]
fn registered_futures_are_driven_and_dropped_when_their_time_has_expired() {
    let line = |name, what| handler_line(name, "registered_async", what);
    let stderr = [
        line("hangs", "timed out after _s: its timeout is _s"),
        line("registered_async::register_all::{{closure}}", "failed after _s: no luck"),
        line("registered_async::with_context", "failed after _s: invalid digit found in string"),
    ]
    .concat();
    let stdout = "its future is dropped\nnamed: exit\nfunction with context: exit\nfunction\n\
                  captured by a closure that returns a future\ncaptured\n";
    scenario!("registered_async").run().assert_at_any_line(7, stdout, &stderr);
}
