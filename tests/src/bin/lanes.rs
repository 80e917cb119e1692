//! Registers 300 short handlers, which a runner executes in lanes, and a declared one among them.
//! The one with the number 100 does what the argument names.

use exitmacro::{ExitContext, Handler, HandlerId, HandlerReport, Unregistered, at_exit};
use std::io::Write;
use std::sync::{Mutex, OnceLock};

const COUNT: i32 = 300;
const ACTS: i32 = 100;

/// Of the declared one.
const DECLARED: i32 = 1_000;

/// Of the one that is registered during the run.
const LATE: i32 = 2_000;

/// The numbers of the handlers that ran. Not printed at once, because printing takes long.
static RAN: Mutex<Vec<i32>> = Mutex::new(Vec::new());

static REGISTERED: OnceLock<Vec<HandlerId>> = OnceLock::new();

static PARENT: OnceLock<u32> = OnceLock::new();

fn note(number: i32) {
    let me = std::process::id();
    if *PARENT.get_or_init(|| me) != me {
        println!("{number} ran in the child");
    }
    RAN.lock().expect("no handler panics here").push(number);
}

/// A handler of that number, which stands in the order by it.
fn numbered(number: i32) -> Handler {
    Handler::new(format!("number {number}")).priority(COUNT - number)
}

/// Between the numbers 150 and 151.
#[at_exit(priority = 150)]
fn declared() {
    note(DECLARED);
}

fn unregister(number: i32) -> Unregistered {
    let ids = REGISTERED.get().expect("the handlers are registered");
    exitmacro::unregister(ids[number as usize])
}

fn act() {
    note(ACTS);
    match &*std::env::args().nth(1).expect("what to do") {
        "returns" => {}
        "unregisters" => assert_eq!(
            [ACTS - 1, ACTS, ACTS + 1, ACTS + 100].map(unregister),
            [
                Unregistered::Finished,
                Unregistered::Running,
                Unregistered::Removed,
                Unregistered::Removed
            ]
        ),
        "registers" => {
            let late = Handler::new(format!("number {LATE}")).priority(COUNT - ACTS - 10);
            let late = late.register(|| note(LATE));
            _ = late.expect("the run is active");
        }
        "counts the plan" => println!("{} are left", exitmacro::plan().handlers().len()),
        "panics" => panic!("as asked"),
        "exits" => exitmacro::exit(7),
        "ends the process" => std::process::exit(8),
        "hangs" => loop {
            std::thread::park();
        },
        #[cfg(unix)]
        "forks" => fork(|| {
            // SAFETY: the child returns into the run, which is what the test is about.
            unsafe { libc::fork() }
        }),
        #[cfg(target_os = "linux")]
        "forks by clone" => fork(|| by_clone(|| ())),
        #[cfg(target_os = "linux")]
        "exits in a clone" => fork(|| by_clone(|| exitmacro::exit(5))),
        #[cfg(target_os = "linux")]
        "ends a clone" => fork(|| by_clone(|| std::process::exit(5))),
        #[cfg(target_os = "linux")]
        "panics in a clone" => fork(|| by_clone(|| panic!("as asked"))),
        other => panic!("unknown act: {other}"),
    }
}

/// Forks a child of which libc does not know, and which does that, or returns into the run.
#[cfg(target_os = "linux")]
fn by_clone(in_child: impl FnOnce()) -> libc::pid_t {
    // SAFETY: what the child does in the run is what the test is about.
    let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t };
    if child == 0 {
        in_child();
    }
    child
}

#[cfg(unix)]
fn fork(fork: impl FnOnce() -> libc::pid_t) {
    let child = fork();
    if child != 0 {
        let mut status = 0;
        // SAFETY: the status is writable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        println!("the child ended with {}", libc::WEXITSTATUS(status));
    }
}

/// Prints what ran: one line for what follows each other, with the first and the last number.
#[at_exit(priority = -2)]
fn last() {
    let ran = RAN.lock().expect("no handler panics here");
    let mut line = String::new();
    for run in ran.chunk_by(|one, next| one + 1 == *next) {
        line.push_str(&match run {
            [one] => format!("{one} "),
            [first, .., last] => format!("{first}-{last} "),
            [] => String::new(),
        });
    }
    writeln!(std::io::stdout(), "ran {}", line.trim_end()).expect("stdout is a pipe");
}

/// Prints the report so far in the same way, and whether each one has a place of its own in time.
#[at_exit(priority = -1)]
fn report(exit: &ExitContext) {
    let report = exit.report();
    let number = |handler: &HandlerReport| match handler.name().strip_prefix("number ") {
        Some(number) => number.parse().expect("a number"),
        None => DECLARED,
    };
    let numbers: Vec<_> = report.handlers().iter().map(number).collect();
    let is_as_it_ran = *numbers == **RAN.lock().expect("no handler panics here");
    let is_in_time =
        report.handlers().is_sorted_by(|one, next| one.start() + one.duration() <= next.start());
    println!("{}; as they ran: {is_as_it_ran}; one after the other: {is_in_time}", report.totals());
}

#[exitmacro::main(timeout = "2s")]
fn main() {
    let register = |number| {
        let handler = numbered(number);
        let handler = if number == ACTS {
            handler.register(act)
        } else {
            handler.register(move || note(number))
        };
        handler.expect("no run is active")
    };
    REGISTERED.set((0..COUNT).map(register).collect()).expect("only once");
}
