//! The body of the programs. A handler behaves as the first argument names, and the program ends as
//! the second names.

use exitmacro::{ExitContext, Handler, at_exit};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// The budget that the programs configure.
const BUDGET: Duration = Duration::from_secs(8);

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {}, {:?}", exit.reason(), exit.code());
}

pub(crate) fn end() -> ExitCode {
    std::panic::set_hook(Box::new(|_| ()));
    let [_, handler, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let patient = Handler::new("patient").timeout(Duration::from_secs(60));
    let registered = match handler.as_str() {
        "good" => exitmacro::register(|| ()),
        "failing" => exitmacro::register(|| Err::<(), _>("no luck")),
        "panicking" => exitmacro::register(|| -> () { panic!("no luck") }),
        "stuck" => exitmacro::register(|| -> () { sleep() }),
        "patient" => patient.register(|| -> () { sleep() }),
        "asking" => patient.register(|exit: &ExitContext| {
            println!("more time than the program says: {}", exit.remaining() > BUDGET)
        }),
        other => panic!("unknown handler: {other}"),
    };
    registered.expect("the run has not begun");
    match exit_path.as_str() {
        "return" => ExitCode::SUCCESS,
        "return 7" => ExitCode::from(7),
        "std exit" => std::process::exit(0),
        "std exit 7" => std::process::exit(7),
        "exitmacro exit" => exitmacro::exit(0),
        "panic" => panic!("main panics"),
        #[cfg(unix)]
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
            sleep()
        }
        "plan" => {
            println!("{}", exitmacro::plan());
            ExitCode::SUCCESS
        }
        other => panic!("unknown exit path: {other}"),
    }
}

fn sleep() -> ! {
    loop {
        thread::park();
    }
}
