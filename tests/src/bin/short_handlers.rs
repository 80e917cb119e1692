//! Has short handlers, which a runner executes in a row: declared ones, or registered ones among
//! declared ones that do nothing, as the first argument names. The third handler does what the
//! second argument names.

use exitmacro::{Handler, HandlerId, Unregistered, at_exit};
use std::io::Write;
use std::sync::{Mutex, OnceLock};

/// The names of the handlers that ran. Not printed at once, because printing might take so long
/// that the handlers are not short any more.
static RAN: Mutex<Vec<String>> = Mutex::new(Vec::new());

static PARENT: OnceLock<u32> = OnceLock::new();

static REGISTERED: OnceLock<[HandlerId; 5]> = OnceLock::new();

fn argument(number: usize) -> String {
    std::env::args().nth(number).expect("which handlers, and what to do")
}

fn are_declared() -> bool {
    argument(1) == "declared"
}

fn note(name: &str) {
    let me = std::process::id();
    if *PARENT.get_or_init(|| me) != me {
        println!("{name} ran in the child");
    }
    RAN.lock().expect("no handler panics here").push(name.to_owned());
}

macro_rules! notes {
    ($($name:ident $priority:literal)*) => {$(
        #[at_exit(priority = $priority)]
        fn $name() {
            if are_declared() {
                note(stringify!($name));
            }
        }
    )*};
}

notes! { first 60 second 50 fourth 30 fifth 20 }

#[at_exit(priority = 40)]
fn third() -> Result<(), &'static str> {
    if are_declared() { act() } else { Ok(()) }
}

fn register() -> [HandlerId; 5] {
    let handler = |name: &'static str, priority| Handler::new(name).priority(priority);
    let noting = |name: &'static str, priority| {
        handler(name, priority).register(move || note(name)).expect("no run is active")
    };
    let third = handler("third", 40).register(act).expect("no run is active");
    [noting("first", 60), noting("second", 50), third, noting("fourth", 30), noting("fifth", 20)]
}

fn unregister(number: usize) -> Unregistered {
    exitmacro::unregister(REGISTERED.get().expect("the handlers are registered")[number])
}

fn act() -> Result<(), &'static str> {
    note("third");
    match argument(2).as_str() {
        "returns" => {}
        "unregisters" => {
            assert_eq!(
                [1, 2, 3].map(unregister),
                [Unregistered::Finished, Unregistered::Running, Unregistered::Removed]
            );
        }
        "registers" => {
            _ = Handler::new("late")
                .priority(25)
                .register(|| note("late"))
                .expect("the run is active")
        }
        "shows the plan" => exitmacro::plan()
            .handlers()
            .iter()
            .for_each(|handler| note(&format!("[{}]", handler.name()))),
        "fails" => return Err("no luck"),
        "panics" => panic!("as asked"),
        "exits" => exitmacro::exit(7),
        "ends the process" => std::process::exit(8),
        "hangs" => loop {
            std::thread::park();
        },
        #[cfg(target_os = "linux")]
        "forks by clone" => fork_by_clone(),
        other => panic!("unknown act: {other}"),
    }
    Ok(())
}

/// libc does not know the child, which returns into the run.
#[cfg(target_os = "linux")]
fn fork_by_clone() {
    // SAFETY: the child calls nothing before it returns into the run, which is what the test is
    // about.
    let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t };
    if child != 0 {
        let mut status = 0;
        // SAFETY: the status is writable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        note(&format!("(the child ended with {})", libc::WEXITSTATUS(status)));
    }
}

#[at_exit(priority = -1)]
fn last() {
    note("and the last one");
    let ran = RAN.lock().expect("no handler panics here").join(" ");
    writeln!(std::io::stdout(), "{ran}").expect("stdout is a pipe");
}

#[exitmacro::main(timeout = "2s")]
fn main() {
    if !are_declared() {
        REGISTERED.set(register()).expect("only once");
    }
    if std::env::args().nth(3).is_some() {
        for handler in exitmacro::run().handlers() {
            println!("{}: {}", handler.name(), handler.outcome());
        }
    }
}
