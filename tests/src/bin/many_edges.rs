//! Very many tracked values whose types have edges. The first argument names the case, the second
//! is the number of values of each type.

use exitmacro::{AtExitCleanup, Handler, Outcome, Tracked, track};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

static SESSIONS: AtomicUsize = AtomicUsize::new(0);
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
static EARLY: AtomicUsize = AtomicUsize::new(0);

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Session;

impl Session {
    fn close(&self) {
        SESSIONS.fetch_add(1, SeqCst);
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, priority = 1, after(Session))]
struct Connection(usize);

impl Connection {
    fn close(&self) {
        EARLY.fetch_add(usize::from(SESSIONS.load(SeqCst) < self.0), SeqCst);
        CONNECTIONS.fetch_add(1, SeqCst);
    }
}

/// These two wait for each other.
#[derive(AtExitCleanup)]
#[cleanup(with = close, priority = 1, after(Second))]
struct First;

impl First {
    fn close(&self) {
        EARLY.fetch_add(SESSIONS.load(SeqCst), SeqCst);
        CONNECTIONS.fetch_add(1, SeqCst);
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, after(First))]
struct Second;

impl Second {
    fn close(&self) {
        SESSIONS.fetch_add(1, SeqCst);
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let case = args.next().expect("a case");
    let count = args.next().expect("a number").parse().expect("a number");
    let print = || {
        println!(
            "{} and {}, {} too early",
            SESSIONS.load(SeqCst),
            CONNECTIONS.load(SeqCst),
            EARLY.load(SeqCst)
        )
    };
    Handler::new("prints").priority(-1).register(print).expect("the run has not begun");
    match case.as_str() {
        "types" => values(count, || Connection(count), || Session),
        "late types" => {
            let register = move || values(count, || Connection(count), || Session);
            Handler::new("tracks").priority(9).register(register).expect("the run has not begun");
        }
        "types registered late" => {
            let register = move || values(count, || Connection(count), || Session);
            Handler::new("tracks").priority(9).register(register).expect("the run has not begun");
            Handler::new("asks")
                .priority(-2)
                .after::<Session>()
                .register(|| ())
                .expect("the run has not begun");
        }
        "cycles" => values(count, || First, || Second),
        "late cycles" => {
            let register = move || values(count, || First, || Second);
            Handler::new("tracks").priority(9).register(register).expect("the run has not begun");
        }
        "plan of cycles" => {
            values(count, || First, || Second);
            let plan = exitmacro::plan();
            println!(
                "{} handlers, {}, {} cycles",
                plan.handlers().len(),
                plan.ignores_edges(),
                plan.cycles().len()
            );
            println!("{}", plan.to_string().lines().last().expect("a line"));
        }
        "report of cycles" => {
            values(count, || First, || Second);
            let report = exitmacro::run();
            println!(
                "{} completed",
                report
                    .handlers()
                    .iter()
                    .filter(|handler| *handler.outcome() == Outcome::Completed)
                    .count()
            );
        }
        other => panic!("unknown case: {other}"),
    }
}

/// Tracks values of two types alternately, and leaves them to the exit.
fn values<A: AtExitCleanup + 'static, B: AtExitCleanup + 'static>(
    count: usize,
    a: impl Fn() -> A,
    b: impl Fn() -> B,
) {
    for _ in 0..count {
        std::mem::forget::<(Tracked<A>, Tracked<B>)>((track(a()), track(b())));
    }
}
