//! The program has its own handler for SIGABRT, of the kind that the first argument names, since
//! the moment that the second names, and aborts as the third names.

mod forked;

use exitmacro::{ExitContext, Handler, at_exit};
use forked::{fork, wait_for};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

#[at_exit(priority = 2)]
fn first(exit: &ExitContext) {
    println!("first: {}", exit.reason());
}

#[at_exit(priority = -1)]
fn last() {
    println!("last");
}

fn say(text: &str) {
    // SAFETY: async-signal-safe, and the text has the length that is passed.
    unsafe { libc::write(1, text.as_ptr().cast(), text.len()) };
}

extern "C" fn exits(_signal: c_int) {
    say("own\n");
    // SAFETY: async-signal-safe.
    unsafe { libc::_exit(42) }
}

extern "C" fn returns(_signal: c_int) {
    say("own\n");
}

extern "C" fn aborts(_signal: c_int) {
    say("own\n");
    // SAFETY: async-signal-safe.
    unsafe { libc::abort() }
}

static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

extern "C" fn chains(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    say("own\n");
    let before = BEFORE.get().expect("kept when this was installed");
    if before.sa_sigaction > libc::SIG_IGN {
        // SAFETY: the former action has the type that its flags declare, and this program only
        // replaces handlers that take information.
        unsafe {
            std::mem::transmute::<usize, extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void)>(
                before.sa_sigaction,
            )(signal, info, context)
        };
    }
}

fn install(kind: &str) {
    let plain: fn(extern "C" fn(c_int)) -> usize = |handler| handler as usize;
    let (handler, flags) = match kind {
        "none" => return,
        "exits" => (plain(exits), 0),
        "returns" => (plain(returns), 0),
        "returns, once" => (plain(returns), libc::SA_RESETHAND),
        "aborts" => (plain(aborts), libc::SA_NODEFER),
        "chains" => (
            chains as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize,
            libc::SA_SIGINFO,
        ),
        "ignored" => (libc::SIG_IGN, 0),
        other => panic!("unknown kind: {other}"),
    };
    // SAFETY: all zeroes is a valid action, and the handlers have the types that the flags say.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        let mut before: libc::sigaction = std::mem::zeroed();
        (action.sa_sigaction, action.sa_flags) = (handler, flags);
        assert_eq!(libc::sigaction(libc::SIGABRT, &raw const action, &raw mut before), 0);
        assert!(BEFORE.set(before).is_ok(), "installed once");
    }
}

/// Alternates between two handlers for SIGABRT, in each of many generations that has a run of its
/// own. In the last generation, a handler panics and aborts.
fn change_in_each_generation() -> ! {
    for generation in 0..20 {
        // SAFETY: all zeroes is a valid action, and the handlers have its type.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction =
                if generation % 2 == 0 { returns as extern "C" fn(c_int) } else { exits } as usize;
            assert_eq!(libc::sigaction(libc::SIGABRT, &raw const action, std::ptr::null_mut()), 0);
        }
        if generation == 19 {
            break;
        }
        exitmacro::run();
        if let Some(child) = fork() {
            // SAFETY: no preconditions.
            unsafe { libc::_exit(wait_for(child)) };
        }
        Handler::new("its own").register(|| ()).expect("the run of the child has not begun");
    }
    Handler::new("the other one")
        .register(|| println!("the other one"))
        .expect("the run has not begun");
    Handler::new("panics").register(abort_by_panic).expect("the run has not begun");
    exitmacro::exit(0)
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).expect("three arguments")
}

extern "C" fn before_main() {
    // std may not have the arguments yet.
    if let Ok(kind) = std::env::var("BEFORE_MAIN") {
        install(&kind);
    }
}

// SAFETY: called once before `main`, after libc is ready.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

/// A panic that aborts with every panic strategy.
fn abort_by_panic() {
    extern "C" fn callback() {
        panic!("no luck");
    }
    callback();
}

struct WaitsWhenUnwound;

impl Drop for WaitsWhenUnwound {
    fn drop(&mut self) {
        println!("waiting, panicking: {}", thread::panicking());
        loop {
            thread::park();
        }
    }
}

#[exitmacro::main]
fn main() {
    if argument(3) == "in a handler, after many changes" {
        change_in_each_generation();
    }
    if argument(2) == "after" {
        install(&argument(1));
    }
    let exit_path = argument(3);
    let registered = match exit_path.as_str() {
        "in a handler" => Handler::new("middle").register(abort_by_panic),
        _ if exit_path.contains("in a handler on the caller") => {
            Handler::new("middle").on_caller().register(abort_by_panic)
        }
        "while a handler hangs" => Handler::new("middle")
            .on_caller()
            .timeout(Duration::from_millis(100))
            .register(|| -> () {
                loop {
                    thread::park();
                }
            }),
        _ => Handler::new("middle").register(|| ()),
    };
    registered.expect("the run has not begun");
    match exit_path.as_str() {
        "in main" | "while a handler hangs" | "in main, and in a handler on the caller" => {
            abort_by_panic()
        }
        "on a thread" => _ = thread::spawn(abort_by_panic).join(),
        "in main after a run" => {
            exitmacro::run();
            abort_by_panic();
        }
        "from outside" => {
            println!("waiting");
            loop {
                thread::park();
            }
        }
        "raised" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGABRT) };
            println!("main goes on");
        }
        "raised, and then in main" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGABRT) };
            abort_by_panic();
        }
        "from outside while it panics" => {
            let _unwound = WaitsWhenUnwound;
            panic!("no luck");
        }
        "in a handler" | "in a handler on the caller" => {}
        "in a handler on the caller, by hand" => {
            println!("success: {}", exitmacro::run().is_success())
        }
        other => panic!("unknown exit path: {other}"),
    }
}
