//! Is about to succeed, as the first argument names, when a handler calls C `exit` with 7; on the
//! thread that the second argument names.

use exitmacro::{ExitContext, Handler, at_exit};

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

#[exitmacro::main]
fn main() {
    let [_, exit_path, thread] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let handler = Handler::new("fails");
    let handler = if thread == "the exiting thread" { handler.on_caller() } else { handler };
    // SAFETY: the run stops a thread that may not do this.
    handler.register(|| -> () { unsafe { libc::exit(7) } }).expect("the run has not begun");
    match exit_path.as_str() {
        "return" => {}
        "exitmacro exit" => exitmacro::exit(0),
        // SAFETY: only this thread and the handler exit.
        "c exit" => unsafe { libc::exit(0) },
        other => panic!("unknown exit path: {other}"),
    }
}
