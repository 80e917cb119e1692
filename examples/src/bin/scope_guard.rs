//! Cleans up at the end of a scope, or at exit when the scope never ends.
//!
//! Output:
//! ```text
//! in the scope
//! lock released
//! kept: Removed
//! exiting in the middle of a scope
//! half-written file removed
//! ```
//! Status: 1

use exitmacro::{Guard, guard};

fn main() {
    {
        let _lock = guard(|| println!("lock released"));
        println!("in the scope");
    }

    // No error: the function is not needed any more.
    let draft = guard(|| println!("draft removed"));
    println!("kept: {:?}", Guard::defuse(draft));

    // `exit` runs no destructors, but it runs the guard.
    let _file = guard(|| println!("half-written file removed"));
    println!("exiting in the middle of a scope");
    std::process::exit(1);
}
