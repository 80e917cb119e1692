//! Cells, used as the first argument names.

use exitmacro::{AtExitCell, CellError, CellGuard, ExitContext, TryInitError, at_exit, priority};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

static MADE: AtomicU32 = AtomicU32::new(0);

/// Prints when it is dropped.
struct Loud(&'static str);

impl Loud {
    fn make() -> Self {
        MADE.fetch_add(1, Ordering::Relaxed);
        Self("value")
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        println!("{} dropped on {}", self.0, thread::current().name().unwrap_or("a thread"));
    }
}

static CELL: AtExitCell<Loud> = AtExitCell::new(Loud::make)
    .priority(priority::RESOURCES)
    .timeout(Duration::from_millis(300))
    .name("the cell");
static NEVER: AtExitCell<Loud> = AtExitCell::new(|| Loud("never"));
static REENTRANT: AtExitCell<Loud> = AtExitCell::new(|| {
    println!("inside: {}", said(REENTRANT.get()));
    Loud("reentrant")
});
static SLOW: AtExitCell<Loud> = AtExitCell::new(|| {
    let value = Loud::make();
    // So that another thread asks for the value meanwhile.
    thread::sleep(Duration::from_millis(300));
    value
});
static PANICS_ONCE: AtExitCell<Loud> = AtExitCell::new(|| {
    assert!(MADE.fetch_add(1, Ordering::Relaxed) > 0, "the first time");
    Loud("second try")
});

/// One handler runs before the cell is dropped, one after it.
#[at_exit(priority = priority::WORK)]
fn early() {
    println!("early: {}", said(CELL.get()));
}

#[at_exit(priority = priority::TELEMETRY)]
fn late(exit: &ExitContext) {
    println!("late: {}", said(CELL.get()));
    _ = exit;
}

fn said(value: Result<CellGuard<Loud>, CellError>) -> String {
    value.map_or_else(|error| error.to_string(), |value| value.0.to_owned())
}

fn main() {
    match std::env::args().nth(1).expect("what to do").as_str() {
        "unused" => _ = &NEVER,
        "used" => {
            println!("{} {}", said(CELL.get()), CELL.with(|value| value.0).expect("it is there"));
            println!("made {}", MADE.load(Ordering::Relaxed));
        }
        "many threads" => {
            let threads: Vec<_> =
                (0..8).map(|_| thread::spawn(|| (0..10_000).all(|_| CELL.get().is_ok()))).collect();
            println!(
                "{}",
                threads.into_iter().all(|thread| thread.join().expect("it does not panic"))
            );
            println!("made {}", MADE.load(Ordering::Relaxed));
        }
        "busy" => read_on(Some("reader"), |held| {
            let _guard = CELL.get().expect("it is read");
            held();
        }),
        "busy without a name" => read_on(None, |held| {
            CELL.with(|_| held()).expect("it is read");
        }),
        "busy for many" => {
            for number in 0..3 {
                read_on(Some(&format!("reader {number}")), |held| {
                    let here = [CELL.get(), CELL.get()];
                    let _there = CELL.get();
                    drop(here);
                    let _here = [(), ()].map(|()| CELL.get());
                    held();
                });
            }
        }
        "released" => {
            let (held, is_held) = mpsc::channel();
            thread::spawn(move || {
                let guard = CELL.get().expect("it can be made");
                held.send(()).expect("main waits");
                thread::sleep(Duration::from_millis(100));
                println!("released");
                drop(guard);
            });
            is_held.recv().expect("the guard is held");
        }
        "re-entrant" => println!("{}", said(REENTRANT.get())),
        "panics once" => {
            println!("{}", thread::spawn(|| PANICS_ONCE.get().is_ok()).join().is_err());
            println!("{}", said(PANICS_ONCE.get()));
        }
        "slow" => {
            let thread = thread::spawn(|| said(SLOW.get()));
            wait_until(|| MADE.load(Ordering::Relaxed) == 1);
            println!("{}", said(SLOW.get()));
            println!("{}", thread.join().expect("it does not panic"));
        }
        "fails once" => {
            static NUMBER: AtExitCell<u32> = AtExitCell::empty();
            println!("{}", NUMBER.get().unwrap_err());
            println!(
                "{}",
                matches!(
                    NUMBER.try_get_or_init(|| "no number".parse()),
                    Err(TryInitError::Init(_))
                )
            );
            println!("{:?}", NUMBER.try_get_or_init(|| "7".parse()).map(|number| *number));
            println!("{:?}", NUMBER.get_or_init(|| 8).map(|number| *number));
        }
        "after the run" => {
            exitmacro::run();
            println!("{}, made {}", said(NEVER.get()), MADE.load(Ordering::Relaxed));
            println!("{}, {}", said(SLOW.get()), said(SLOW.get()));
            println!("made {}", MADE.load(Ordering::Relaxed));
        }
        "after the run, with another thread" => after_the_run_with_another_thread(),
        other => panic!("unknown: {other}"),
    }
    std::process::exit(3);
}

/// Has a thread of that name call `read`, and returns when that calls what it is given, which never
/// returns.
fn read_on(name: Option<&str>, read: impl FnOnce(&dyn Fn()) + Send + 'static) {
    let (held, is_held) = mpsc::channel();
    let builder =
        name.map_or_else(thread::Builder::new, |name| thread::Builder::new().name(name.to_owned()));
    let stay = move || {
        held.send(()).expect("main waits");
        loop {
            thread::park();
        }
    };
    builder.spawn(move || read(&stay)).expect("it starts");
    is_held.recv().expect("the guard is held");
}

/// One thread fills cells after the run. Another thread asks for the value at that moment, each
/// time a little later, and keeps its guard until the first thread has its answer.
fn after_the_run_with_another_thread() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static ANSWERED: AtomicUsize = AtomicUsize::new(0);
    static READY: AtomicUsize = AtomicUsize::new(0);
    static CELLS: [AtExitCell<usize>; 5_000] =
        [const { AtExitCell::new(|| MADE.fetch_add(1, Ordering::SeqCst)) }; 5_000];
    exitmacro::run();
    let other = thread::spawn(|| {
        let mut guards = 0;
        for (index, cell) in CELLS.iter().enumerate() {
            READY.store(index + 1, Ordering::SeqCst);
            wait_until(|| MADE.load(Ordering::SeqCst) > index);
            (0..index % 100).for_each(|_| std::hint::spin_loop());
            if let Ok(_guard) = cell.get() {
                guards += 1;
                wait_until(|| ANSWERED.load(Ordering::SeqCst) > index);
            }
        }
        guards
    });
    for (index, cell) in CELLS.iter().enumerate() {
        wait_until(|| READY.load(Ordering::SeqCst) > index);
        assert_eq!(cell.get().err(), Some(CellError::NeverMade));
        ANSWERED.store(index + 1, Ordering::SeqCst);
    }
    println!("guards: {}", other.join().expect("it does not panic"));
}

/// A moment that a sleeping thread would miss.
fn wait_until(is_it_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_it_so() {
        // With one core the other thread would not run otherwise.
        if since.elapsed() > Duration::from_micros(50) {
            thread::yield_now();
        }
    }
}
