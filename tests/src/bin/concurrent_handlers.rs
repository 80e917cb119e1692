//! Handlers that run concurrently. The argument names the case.

#[path = "../no_threads.rs"]
mod no_threads;

#[path = "../random_plan.rs"]
mod random_plan;

use exitmacro::{ExitContext, Handler};
use random_plan::Measured;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

/// How many handlers are running, and the maximum so far.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

static ORDER: Mutex<Vec<&str>> = Mutex::new(Vec::new());

struct Counted;

impl Counted {
    fn new() -> Self {
        MOST.fetch_max(RUNNING.fetch_add(1, SeqCst) + 1, SeqCst);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, SeqCst);
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    match args.next().expect("a case").as_str() {
        "together" => together(3),
        "as many as there may be" => together(32),
        "bounded" => bounded(),
        "alone" => alone(),
        "alternating" => alternating(),
        "levels" => levels(),
        "stuck" => stuck(),
        "misbehaving" => misbehaving(),
        "late" => late(),
        "without threads" => without_threads(),
        "random" => {
            let mut number = || {
                args.next().expect("a seed, and how many times longer").parse().expect("a number")
            };
            return print(&random_plan::run(number(), number()));
        }
        other => panic!("unknown case: {other}"),
    }
    std::process::exit(3);
}

/// In microseconds.
fn print(measured: &Measured) {
    let Measured { critical_path, longest_chain, took } = measured;
    println!("{} {} {}", critical_path.as_micros(), longest_chain.as_micros(), took.as_micros());
}

fn concurrent(name: &'static str) -> Handler {
    Handler::new(name).concurrent().timeout(Duration::from_secs(5))
}

fn say(name: &'static str) {
    ORDER.lock().expect("no thread panics with it").push(name);
}

/// They wait for each other, so that none ends unless all run concurrently.
fn together(count: usize) {
    let barrier = Arc::new(Barrier::new(count));
    for _ in 0..count {
        let barrier = Arc::clone(&barrier);
        concurrent("meets").register(move || _ = barrier.wait()).expect("the run has not begun");
    }
    Handler::new("after")
        .priority(-1)
        .register(|| println!("all have met"))
        .expect("the run has not begun");
}

/// In rounds of the permitted number of handlers, which wait for each other: fewer would never end.
fn bounded() {
    let barrier = Arc::new(Barrier::new(32));
    for _ in 0..6 * 32 {
        let barrier = Arc::clone(&barrier);
        let count = move || {
            let _counted = Counted::new();
            barrier.wait();
            thread::sleep(Duration::from_millis(2));
        };
        concurrent("counted").register(count).expect("the run has not begun");
    }
    Handler::new("after")
        .priority(-1)
        .register(|| println!("at most {} at the same time", MOST.load(SeqCst)))
        .expect("the run has not begun");
}

/// Handlers that are not `concurrent` run while no other handler does. The concurrent handlers of
/// one priority still run at the same time.
fn alone() {
    static MOST_ALONE: AtomicUsize = AtomicUsize::new(0);
    let barrier = Arc::new(Barrier::new(8));
    for place in 0..16 {
        let barrier = Arc::clone(&barrier);
        let meet = move || {
            let _counted = Counted::new();
            barrier.wait();
            thread::sleep(Duration::from_millis(20));
        };
        let count = || {
            let _counted = Counted::new();
            thread::sleep(Duration::from_millis(5));
            MOST_ALONE.fetch_max(RUNNING.load(SeqCst), SeqCst);
        };
        if place % 2 == 0 {
            concurrent("meets").register(meet).expect("the run has not begun");
        } else {
            Handler::new("alone").register(count).expect("the run has not begun");
        }
    }
    let report = || {
        println!("at most {} alone, at most {} in all", MOST_ALONE.load(SeqCst), MOST.load(SeqCst))
    };
    Handler::new("after").priority(-1).register(report).expect("the run has not begun");
}

/// The first handler by priority and order decides which of the two kinds runs first.
fn alternating() {
    let slowly = |name: &'static str, milliseconds: u64| {
        move || {
            thread::sleep(Duration::from_millis(milliseconds));
            say(name);
        }
    };
    let note = |name| slowly(name, 30);
    // They end when both have begun, even if the second thread starts late.
    let barrier = Arc::new(Barrier::new(2));
    let meet = |barrier: Arc<Barrier>| {
        move || {
            barrier.wait();
            say("together");
        }
    };
    concurrent("last").register(meet(Arc::clone(&barrier))).expect("the run has not begun");
    Handler::new("second").register(note("alone")).expect("the run has not begun");
    concurrent("before it").register(meet(barrier)).expect("the run has not begun");
    Handler::new("first").register(slowly("alone first", 300)).expect("the run has not begun");
    Handler::new("low").priority(-1).register(note("low")).expect("the run has not begun");
    concurrent("high").priority(1).register(note("high")).expect("the run has not begun");
    let report = || println!("{}", ORDER.lock().expect("no thread panics with it").join(", "));
    Handler::new("reports").priority(-2).register(report).expect("the run has not begun");
}

/// A level begins when the level above has finished. Edges hold within a level and against it.
fn levels() {
    let slowly = |name| {
        move || {
            thread::sleep(Duration::from_millis(30));
            say(name);
        }
    };
    concurrent("low").priority(1).register(|| say("low")).expect("the run has not begun");
    let high =
        concurrent("high").priority(2).register(slowly("high")).expect("the run has not begun");
    concurrent("after high")
        .priority(2)
        .after_id(high)
        .register(|| say("after high"))
        .expect("the run has not begun");
    let lowest =
        concurrent("lowest").priority(0).register(slowly("lowest")).expect("the run has not begun");
    concurrent("after lowest")
        .priority(9)
        .after_id(lowest)
        .register(|| say("after lowest"))
        .expect("the run has not begun");
    let report = || println!("{}", ORDER.lock().expect("no thread panics with it").join(", "));
    Handler::new("reports").priority(-1).register(report).expect("the run has not begun");
}

fn stuck() {
    let park = || -> () {
        loop {
            thread::park();
        }
    };
    concurrent("stuck")
        .timeout(Duration::from_millis(300))
        .register(park)
        .expect("the run has not begun");
    for _ in 0..50 {
        concurrent("others")
            .register(|| _ = RUNNING.fetch_add(1, SeqCst))
            .expect("the run has not begun");
    }
    let report = |exit: &ExitContext| {
        println!("{} others have run, {}", RUNNING.load(SeqCst), exit.is_abandoned())
    };
    Handler::new("after").priority(-1).register(report).expect("the run has not begun");
}

/// Each misbehaves differently, concurrently. All have finished before the lower level begins.
fn misbehaving() {
    std::panic::set_hook(Box::new(|_| ()));
    let barrier = Arc::new(Barrier::new(4));
    let [a, b, c, d] = [(); 4].map(|()| Arc::clone(&barrier));
    concurrent("fails")
        .register(move || Err::<(), _>(a.wait()).map_err(|_| "no luck"))
        .expect("the run has not begun");
    let exits = move || -> () {
        b.wait();
        exitmacro::exit(7);
    };
    concurrent("exits").register(exits).expect("the run has not begun");
    let c_exits = move || -> () {
        c.wait();
        // SAFETY: this is what the test is about; the run stops this thread.
        unsafe { libc::exit(7) };
    };
    concurrent("exits by C").register(c_exits).expect("the run has not begun");
    concurrent("completes").register(move || _ = d.wait()).expect("the run has not begun");
    Handler::new("after")
        .priority(-1)
        .register(|exit: &ExitContext| println!("after, {:?}", exit.code()))
        .expect("the run has not begun");
}

/// Concurrent handlers that are registered during the run join their level.
fn late() {
    let register = || {
        let barrier = Arc::new(Barrier::new(2));
        for _ in 0..2 {
            let barrier = Arc::clone(&barrier);
            concurrent("late").register(move || _ = barrier.wait()).expect("the run goes on");
        }
    };
    Handler::new("registers").priority(1).register(register).expect("the run has not begun");
    Handler::new("after")
        .priority(-1)
        .register(|| println!("the late ones have met"))
        .expect("the run has not begun");
}

/// From the first handler on no thread can be started. The remaining handlers run one after
/// another.
fn without_threads() {
    Handler::new("refuses")
        .priority(1)
        .register(no_threads::refuse_threads)
        .expect("the run has not begun");
    for _ in 0..3 {
        concurrent("counted").register(|| drop(Counted::new())).expect("the run has not begun");
    }
    Handler::new("after")
        .priority(-1)
        .register(|| println!("at most {} at the same time", MOST.load(SeqCst)))
        .expect("the run has not begun");
}
