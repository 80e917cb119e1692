//! Starts a child as the first argument names, which holds stderr open like each process that it
//! starts, and ends as the second argument names.

#[path = "../ended.rs"]
mod ended;

use ended::{end_by, wait};
use exitmacro::resource::{ChildOptions, ChildProcess, child_with};
use exitmacro::{Signal, Tracked, at_exit, priority};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// A process that lives long, to be put in the place of `SLEEP` in a script. It is ready when it is
/// a program of its own: before, as a copy of the shell, it has the shell's traps, and two signals
/// may be lost there.
const SLEEP: &str = "sh -c 'echo ready; exec sleep 1000'";

/// Ends itself and what it started at SIGTERM. First it kills, because a parent that is gone reads
/// no line.
const SERVER: &str = "trap 'kill $! 2>&-; echo stopped; exit 0' TERM; SLEEP & wait";

static IS_STUCK: AtomicBool = AtomicBool::new(false);
/// The child has printed that it was asked to end.
static IS_ASKED: AtomicBool = AtomicBool::new(false);
static COUNTED: AtomicU32 = AtomicU32::new(0);
static WAITED: OnceLock<Mutex<Receiver<String>>> = OnceLock::new();

#[at_exit(priority = priority::WORK + 1)]
fn may_be_stuck() {
    if IS_STUCK.load(Ordering::Relaxed) {
        println!("stuck");
        loop {
            thread::park();
        }
    }
}

/// Runs after the child is ended.
#[at_exit]
fn print_what_came() {
    match COUNTED.load(Ordering::Relaxed) {
        0 => {}
        lines => println!("{lines} lines"),
    }
    if let Some(waited) = WAITED.get() {
        println!("{}", waited.lock().expect("only this thread has it").recv().expect("it waits"));
    }
}

#[exitmacro::main(signals)]
fn main() -> Result<(), String> {
    let [what, exit_path] =
        [1, 2].map(|argument| std::env::args().nth(argument).unwrap_or_default());
    if what == "escape" {
        escape();
        return Ok(());
    }
    if what == "crowd" {
        for _ in 0..20 {
            std::mem::forget(shell("trap '' TERM; echo ready; sleep 1000", ChildOptions::new()));
        }
    }
    let server = start(&what);
    if what == "waited for" {
        wait_for(Box::leak(Box::new(Tracked::clone(&server))));
    }
    if exit_path == "exit while it is closed" {
        exit_while_it_is_closed(server);
    }
    end(&exit_path)?;
    drop(server);
    Ok(())
}

fn start(what: &str) -> Tracked<ChildProcess> {
    let options = ChildOptions::new();
    match what {
        "server" | "waited for" | "crowd" => shell(SERVER, options),
        #[cfg(target_os = "linux")]
        "server that follows its parent" => {
            shell(SERVER, options.parent_death_signal(Signal::TERM))
        }
        "patient" => {
            shell("trap '' TERM; echo ready; sleep 1000", options.grace(Duration::from_secs(60)))
        }
        "asked" => shell(
            // A shell may say of `sleep` on its stderr that it was terminated.
            "exec 2>&-; trap 'echo asked' TERM; echo ready; while :; do sleep 1 & wait; done",
            options.grace(Duration::from_secs(60)),
        ),
        "database" => shell(
            "trap 'echo terminated' TERM; trap 'echo interrupted; kill $! 2>&-; exit' INT; \
             SLEEP & wait; wait",
            options.stop_signal(Signal::INT).grace(Duration::from_secs(60)),
        ),
        // A process that a child leaves behind becomes this process's child, and is not reaped.
        #[cfg(target_os = "linux")]
        "with a zombie" => {
            // SAFETY: changes which process gets orphans, and no memory.
            assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
            shell("SLEEP & wait", options.grace(Duration::from_secs(1000)))
        }
        "talkative" => shell(
            "trap 'kill $! 2>&-; seq 100000; exit' TERM; SLEEP & wait",
            options.grace(Duration::from_secs(60)),
        ),
        "escaper" => {
            let mut command = Command::new(std::env::current_exe().expect("a path"));
            received(command.arg("escape"), options)
        }
        "panicking receiver" => shell(
            "trap 'kill $! 2>&-; echo panic; seq 100000; exit' TERM; SLEEP & wait",
            options.grace(Duration::from_secs(60)),
        ),
        other => panic!("unknown: {other}"),
    }
}

fn shell(script: &str, options: ChildOptions) -> Tracked<ChildProcess> {
    received(Command::new("sh").args(["-c", &script.replace("SLEEP", SLEEP)]), options)
}

/// Prints what the child prints, except for numbers, which are counted. Waits until it is ready.
fn received(command: &mut Command, options: ChildOptions) -> Tracked<ChildProcess> {
    let child = child_with(command.stdout(Stdio::piped()), options).expect("it starts");
    let (ready, is_ready) = channel();
    child
        .on_stdout_line(move |line| match line {
            "panic" => panic!("not this line"),
            "asked" => IS_ASKED.store(true, Ordering::Relaxed),
            "ready" => {
                println!("{line}");
                ready.send(()).expect("it is waited for");
            }
            line if line.parse::<u32>().is_ok() => _ = COUNTED.fetch_add(1, Ordering::Relaxed),
            line => println!("{line}"),
        })
        .expect("stdout is a pipe");
    is_ready.recv().expect("it prints that it is ready");
    child
}

/// Starts a process in another group, which keeps stdout open for a while.
fn escape() {
    let mut sleep = Command::new("sleep");
    let mut sleep = sleep.arg("30").process_group(0).stderr(Stdio::null()).spawn().unwrap();
    println!("ready");
    _ = sleep.wait();
}

/// Ends the process while another thread closes the child, which does not end at SIGTERM.
fn exit_while_it_is_closed(server: Tracked<ChildProcess>) -> ! {
    thread::spawn(|| drop(server));
    while !IS_ASKED.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(1));
    }
    exitmacro::exit(0)
}

/// Waits for the child on another thread, which holds its lock all the time.
fn wait_for(server: &'static Tracked<ChildProcess>) {
    let (sender, waited) = channel();
    let (holds, is_held) = channel();
    WAITED.set(Mutex::new(waited)).expect("only this thread sets it");
    thread::spawn(move || {
        let mut child = server.child();
        holds.send(()).expect("it is waited for");
        let status = child.wait().expect("it ends");
        sender.send(format!("waited: {status}")).expect("a handler receives it");
    });
    is_held.recv().expect("the lock is held");
}

fn end(exit_path: &str) -> Result<(), String> {
    match exit_path {
        "SIGTERM" => raise(libc::SIGTERM),
        "second signal" => {
            IS_STUCK.store(true, Ordering::Relaxed);
            raise(libc::SIGTERM);
        }
        "SIGKILL" => raise(libc::SIGKILL),
        other => return end_by(other).unwrap_or_else(|| panic!("unknown: {other}")),
    }
    wait()
}

fn raise(signal: libc::c_int) {
    // SAFETY: no preconditions.
    unsafe { libc::raise(signal) };
}
