//! Children adopt the handlers of their parent, as the first argument names.

mod forked;

use exitmacro::{AdoptError, at_exit, register};
use forked::{fork, wait_for};
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::process;
use std::time::Duration;

fn process() -> &'static str {
    ["the parent", "the child", "the grandchild"][forked::generation()]
}

/// In one write: inside `exit`, std's stdout has no buffer any more, and another process may print
/// concurrently.
fn say(what: &str) {
    let line = format!("{what}, in {}\n", process());
    io::stdout().write_all(line.as_bytes()).expect("stdout is a pipe");
}

#[at_exit]
fn declared() {
    say("declared");
}

#[at_exit(priority = -1, fork = inherit)]
fn inherited() {
    say("for every process");
}

fn main() {
    register(|| say("registered")).expect("the run has not begun");
    match std::env::args().nth(1).as_deref() {
        Some("owner") => println!("{}", result(&exitmacro::adopt())),
        Some("child") => a_child_adopts(),
        Some("child, no shared memory") => a_child_cannot_adopt(),
        Some("child, a guard") => a_child_adopts_a_guard(),
        Some("child, then its child") => a_child_and_then_its_child_adopt(),
        Some("two children") => two_children_adopt(),
        Some("child, then the parent asks") => the_parent_asks_after_a_child_adopted(),
        Some("child, then the parent is forced to end") => the_parent_is_forced_to_end(),
        Some("receivers, a child adopts") => the_report_is_received(true),
        Some("receivers, no child adopts") => the_report_is_received(false),
        Some("grandchild") => a_grandchild_adopts(),
        Some("too late") => adopt_when_the_parent_is_gone(false),
        Some("too late, in another session") => adopt_when_the_parent_is_gone(true),
        Some("inside exit") => {
            // SAFETY: the function has no preconditions. It runs before the hook of this crate,
            // which was installed earlier.
            assert_eq!(unsafe { libc::atexit(a_child_adopts_inside_exit) }, 0);
            process::exit(0);
        }
        Some("after the run") => {
            exitmacro::run();
            println!("{}", result(&exitmacro::adopt()));
        }
        Some("after the run of the parent") => {
            exitmacro::run();
            match fork() {
                Some(child) => println!("the child ended with {}", wait_for(child)),
                None => println!("{}", result(&exitmacro::adopt())),
            }
        }
        other => panic!("unknown case: {other:?}"),
    }
}

fn result(adopted: &Result<(), AdoptError>) -> String {
    format!("adopted: {adopted:?}")
}

fn a_child_adopts() {
    let Some(child) = fork() else {
        register(|| say("the child's own")).expect("the run has not begun");
        println!("{}, {} planned", result(&exitmacro::adopt()), exitmacro::plan().handlers().len());
        println!("{}", result(&exitmacro::adopt()));
        process::exit(5);
    };
    println!("the child ended with {}", wait_for(child));
    register(|| say("registered after")).expect("the run has not begun");
    println!("{} planned", exitmacro::plan().handlers().len());
}

/// The system gives this process no more memory until after the fork.
fn a_child_cannot_adopt() {
    println!("no shared memory");
    let limit = |soft: Option<libc::rlim_t>| {
        // SAFETY: the limit is written and read as the call asks.
        unsafe {
            let mut limit: libc::rlimit = std::mem::zeroed();
            assert_eq!(libc::getrlimit(libc::RLIMIT_AS, &raw mut limit), 0);
            limit.rlim_cur = soft.unwrap_or(limit.rlim_max);
            assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &raw const limit), 0);
        }
    };
    limit(Some(1));
    let child = fork();
    limit(None);
    let Some(child) = child else {
        let adopted = exitmacro::adopt();
        println!("{}: {}", result(&adopted), adopted.expect_err("nothing is shared"));
        process::exit(5);
    };
    println!("the child ended with {}", wait_for(child));
}

fn a_child_adopts_a_guard() {
    let adopted = exitmacro::guard(|| say("guarded before"));
    let dropped = exitmacro::guard(|| say("guarded until it is dropped"));
    let Some(child) = fork() else {
        println!("{}", result(&exitmacro::adopt()));
        drop(dropped);
        say("it was dropped");
        process::exit(5);
    };
    println!("the child ended with {}", wait_for(child));
    let own = exitmacro::guard(|| say("guarded after"));
    println!("in scope until here");
    drop((own, adopted, dropped));
    println!("out of scope");
}

fn a_child_and_then_its_child_adopt() {
    if let Some(child) = fork() {
        return println!("the child ended with {}", wait_for(child));
    }
    println!("{}", result(&exitmacro::adopt()));
    register(|| say("the child's own")).expect("the run has not begun");
    let guarded = exitmacro::guard(|| say("guarded"));
    let Some(grandchild) = fork() else {
        println!("{}", result(&exitmacro::adopt()));
        process::exit(5);
    };
    println!("the grandchild ended with {}", wait_for(grandchild));
    exitmacro::run();
    drop(guarded);
    process::exit(4);
}

extern "C" fn a_child_adopts_inside_exit() {
    if let Some(child) = fork() {
        say(&format!("the child ended with {}", wait_for(child)));
    } else {
        say(&result(&exitmacro::adopt()));
        exitmacro::exit(5);
    }
}

fn two_children_adopt() {
    let (answers, answer) = pipe().expect("a pipe");
    let (ends, end) = pipe().expect("a pipe");
    let children = [(); 2].map(|()| fork().unwrap_or_else(|| adopt_and_wait(&answer, &ends)));
    let mut adopted = [0; 2];
    (&answers).read_exact(&mut adopted).expect("the children answer");
    adopted.sort_unstable();
    println!("{}", String::from_utf8_lossy(&adopted));
    // Not before both have answered, because the handlers would have run.
    (&end).write_all(b"ab").expect("the children wait");
    println!("the children ended with {:?}", children.map(wait_for));
}

fn adopt_and_wait(mut answer: &PipeWriter, mut ends: &PipeReader) -> ! {
    let text = match exitmacro::adopt() {
        Ok(()) => b"O",
        Err(AdoptError::Taken) => b"T",
        Err(_) => b"?",
    };
    answer.write_all(text).expect("the parent reads");
    ends.read_exact(&mut [0]).expect("the parent writes");
    process::exit(5)
}

/// In a process whose handlers a child has adopted, before the child runs them and after it.
fn the_parent_asks_after_a_child_adopted() {
    let before = register(|| say("asked for")).expect("the run has not begun");
    let (child, end) = start_a_child_that_adopts();
    let after = register(|| say("registered since")).expect("the run has not begun");
    println!("{:?}, {}", exitmacro::unregister(before), result(&exitmacro::adopt()));
    drop(end);
    println!("the child ended with {}", wait_for(child));
    println!("{:?}, {}", exitmacro::unregister(before), result(&exitmacro::adopt()));
    println!("{:?}", exitmacro::unregister(after));
}

/// By two signals, while a child lives that has adopted the handlers.
fn the_parent_is_forced_to_end() {
    exitmacro::signals::Signals::new([exitmacro::Signal::INT, exitmacro::Signal::TERM])
        .grace(Duration::from_secs(20))
        .install()
        .expect("they are handled");
    let (_child, _end) = start_a_child_that_adopts();
    // SAFETY: no preconditions.
    unsafe { libc::raise(libc::SIGTERM) };
    exitmacro::shutdown::wait();
    // SAFETY: no preconditions.
    unsafe { libc::raise(libc::SIGINT) };
}

/// It runs them and ends when the end of the pipe is dropped.
fn start_a_child_that_adopts() -> (i32, PipeWriter) {
    let (mut answers, answer) = pipe().expect("a pipe");
    let (mut ends, end) = pipe().expect("a pipe");
    let Some(child) = fork() else {
        drop(end);
        println!("{}", result(&exitmacro::adopt()));
        drop(answer);
        _ = ends.read_to_end(&mut Vec::new());
        process::exit(5)
    };
    drop(answer);
    answers.read_to_end(&mut Vec::new()).expect("the child closes it");
    (child, end)
}

fn the_report_is_received(child_adopts: bool) {
    exitmacro::on_report(|report| say(&format!("received: {}", report.totals())));
    let Some(child) = fork() else {
        register(|| say("the child's own")).expect("the run has not begun");
        if child_adopts {
            println!("{}", result(&exitmacro::adopt()));
        }
        exitmacro::on_report(|_| say("received by the child's own"));
        process::exit(5);
    };
    println!("the child ended with {}", wait_for(child));
}

/// As daemons do.
fn a_grandchild_adopts() {
    if let Some(child) = fork() {
        process::exit(wait_for(child));
    }
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    if fork().is_some() {
        process::exit(0);
    }
    println!("{}", result(&exitmacro::adopt()));
}

fn adopt_when_the_parent_is_gone(leaves_the_session: bool) {
    let (mut ends, held_by_parent) = pipe().expect("a pipe");
    if fork().is_some() {
        // Closed only by the end of the process.
        std::mem::forget(held_by_parent);
        return;
    }
    drop(held_by_parent);
    if leaves_the_session {
        // SAFETY: no preconditions.
        unsafe { libc::setsid() };
    }
    ends.read_to_end(&mut Vec::new()).expect("the pipe ends with the parent");
    println!("{}", result(&exitmacro::adopt()));
}
