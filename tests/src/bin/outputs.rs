//! Handlers that print, or not, in a process whose stdout or stderr is in the state that the first
//! argument names. Ends as the second argument names.

use exitmacro::{Handler, register};
use std::io::{Write, stderr, stdout};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let [_, state, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    // A handler that cannot print panics. The message of std does not matter here.
    std::panic::set_hook(Box::new(|_| ()));
    match state.as_str() {
        "unflushed" => {
            quiet();
            print!("buffered");
        }
        "locked by main" => {
            quiet();
            let mut lock = stdout().lock();
            write!(lock, "buffered").expect("stdout is a pipe");
            // Not dropped before the end of the process.
            end(&exit_path);
        }
        "locked by main, handlers print" => {
            printing("prints", 200);
            printing("prints too", 200);
            quiet();
            let mut lock = stdout().lock();
            write!(lock, "buffered").expect("stdout is a pipe");
            end(&exit_path);
        }
        "locked by a thread" => {
            quiet();
            let (locked, is_locked) = mpsc::channel();
            thread::spawn(move || {
                let mut lock = stdout().lock();
                write!(lock, "buffered").expect("stdout is a pipe");
                locked.send(()).expect("main waits");
                loop {
                    thread::park();
                }
            });
            is_locked.recv().expect("the thread locks");
        }
        // The state in which the test starts the program.
        "as given" => {
            printing("prints", 500);
            register(|| _ = writeln!(stderr(), "to stderr")).expect("the run has not begun");
            failing("fails");
            failing("fails too");
        }
        // As in a C program that loaded a plugin: Rust programs ignore SIGPIPE from the start.
        "deadly broken pipe on stderr" => {
            register(|| println!("after the failures")).expect("the run has not begun");
            failing("fails");
            failing("fails too");
            let mut ends = [0; 2];
            // SAFETY: `ends` has room for two descriptors, and stderr is this program's alone.
            unsafe {
                libc::signal(libc::SIGPIPE, libc::SIG_DFL);
                libc::pipe(ends.as_mut_ptr());
                libc::dup2(ends[1], libc::STDERR_FILENO);
                libc::close(ends[0]);
            }
        }
        "closed by a handler" => {
            printing("prints", 500);
            failing("fails");
            // SAFETY: std treats writing to closed descriptors as success, and nothing opens other
            // files in their place.
            register(|| (0..=2).for_each(|descriptor| _ = unsafe { libc::close(descriptor) }))
                .expect("the run has not begun");
        }
        other => panic!("unknown state: {other}"),
    }
    end(&exit_path);
}

fn end(exit_path: &str) -> ! {
    match exit_path {
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        other => panic!("unknown exit path: {other}"),
    }
}

fn quiet() {
    register(|| ()).expect("the run has not begun");
}

fn printing(name: &'static str, timeout: u64) {
    let registered = Handler::new(name)
        .timeout(Duration::from_millis(timeout))
        .register(move || println!("{name}"));
    registered.expect("the run has not begun");
}

fn failing(name: &'static str) {
    Handler::new(name).register(move || Err::<(), _>("no luck")).expect("the run has not begun");
}
