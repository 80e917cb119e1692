//! Statics that are cleaned up at exit, in the state that the first argument names.

mod forked;

use exitmacro::{AtExitCleanup, ExitContext, at_exit};
use forked::wait_for;
use std::sync::{LazyLock, OnceLock, mpsc};
use std::thread;

/// Prints when it is closed, and by which thread.
#[derive(AtExitCleanup, Debug)]
#[cleanup(with = close, discard = abandon)]
struct Pool(String);

impl Pool {
    fn open(name: &str) -> Self {
        Self(name.to_owned())
    }

    fn close(&self) -> Result<(), String> {
        println!("{} closed on {}", self.0, thread::current().name().unwrap_or("a thread"));
        if self.0.contains("failing") { Err("no luck".to_owned()) } else { Ok(()) }
    }

    fn abandon(&self) {
        println!("{} discarded", self.0);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

#[derive(AtExitCleanup, Debug)]
#[cleanup(with = close)]
struct Stuck;

impl Stuck {
    fn close(&self) {
        println!("stuck");
        loop {
            thread::park();
        }
    }
}

/// Makes the value, or never finishes.
fn make(name: &str) -> Pool {
    match what().as_str() {
        "panics" => panic!("no {name}"),
        "never made" => loop {
            thread::park();
        },
        _ => Pool::open(name),
    }
}

fn what() -> String {
    std::env::args().nth(1).expect("what to do")
}

#[at_exit(priority = 50)]
static LAZY_LOCK: LazyLock<Pool> = LazyLock::new(|| make("LazyLock"));

#[at_exit(priority = 40)]
static ONCE_LOCK: OnceLock<Pool> = OnceLock::new();

#[at_exit(priority = 30)]
static LAZY: once_cell::sync::Lazy<Pool> = once_cell::sync::Lazy::new(|| make("Lazy"));

#[at_exit(priority = 20)]
static ONCE_CELL: once_cell::sync::OnceCell<Vec<Pool>> = once_cell::sync::OnceCell::new();

#[at_exit(priority = 10)]
static PLAIN: Plain = Plain;

#[derive(AtExitCleanup)]
#[cleanup(with = Self::close)]
struct Plain;

impl Plain {
    fn close(&self) {
        println!("plain closed");
    }
}

#[at_exit(priority = 5, timeout = "200ms", name = "the stuck one")]
static STUCK: OnceLock<Stuck> = OnceLock::new();

#[at_exit(priority = 4, thread = caller)]
static ON_CALLER: OnceLock<Pool> = OnceLock::new();

#[at_exit(priority = 3, fork = inherit)]
static INHERITED: OnceLock<Pool> = OnceLock::new();

mod inner {
    /// Higher than all others. The type declares 7, which does not apply to a static.
    #[exitmacro::at_exit(priority = 60)]
    pub(crate) static FIRST: std::sync::OnceLock<WithOptions> = std::sync::OnceLock::new();

    #[derive(exitmacro::AtExitCleanup, Debug)]
    #[cleanup(with = close, priority = 7, timeout = "1s", name = "not this one")]
    pub(crate) struct WithOptions;

    impl WithOptions {
        fn close(&self) {
            println!("first closed");
        }
    }
}

/// Finds the value, which was cleaned up but never dropped.
#[at_exit(priority = -1)]
fn late(exit: &ExitContext) {
    println!("late: {:?}, {:?}", ONCE_LOCK.get(), exit.code());
}

/// Makes a value during the run, before that value is cleaned up.
#[at_exit(priority = 100)]
fn early() {
    if what() == "made during the run" {
        set("of a handler");
    }
}

fn set(name: &str) {
    ONCE_LOCK.set(Pool::open(name)).expect("it is set once");
}

fn use_all() {
    LazyLock::force(&LAZY_LOCK);
    set("OnceLock");
    once_cell::sync::Lazy::force(&LAZY);
    ONCE_CELL
        .set(vec![Pool::open("OnceCell 0"), Pool::open("OnceCell 1")])
        .expect("it is set once");
    ON_CALLER.set(Pool::open("ON_CALLER")).expect("it is set once");
    inner::FIRST.set(inner::WithOptions).expect("it is set once");
}

fn main() {
    match what().as_str() {
        "unused" | "made during the run" => {}
        "used" => use_all(),
        "failing" => set("failing"),
        "panics" => _ = std::panic::catch_unwind(|| LazyLock::force(&LAZY_LOCK)),
        "never made" => begin_to_make(),
        "stuck" => {
            STUCK.set(Stuck).expect("it is set once");
            ON_CALLER.set(Pool::open("next")).expect("it is set once");
        }
        "plan" => {
            for handler in exitmacro::plan().handlers() {
                println!(
                    "{} {} {:?} {}",
                    handler.name(),
                    handler.priority(),
                    handler.timeout(),
                    handler.source()
                );
            }
        }
        "fork" => fork(),
        other => panic!("unknown: {other}"),
    }
    std::process::exit(3);
}

/// Leaves the lazy statics to threads that are still making them when the process ends.
fn begin_to_make() {
    let (begun, has_begun) = mpsc::channel();
    let also_begun = begun.clone();
    thread::spawn(move || {
        begun.send(()).expect("main waits");
        LazyLock::force(&LAZY_LOCK);
    });
    thread::spawn(move || {
        also_begun.send(()).expect("main waits");
        once_cell::sync::Lazy::force(&LAZY);
    });
    has_begun.iter().take(2).for_each(drop);
}

fn fork() {
    set("the parent's");
    INHERITED.set(Pool::open("inherited")).expect("it is set once");
    let Some(child) = forked::fork() else { std::process::exit(0) };
    wait_for(child);
    println!("the child has ended");
}
