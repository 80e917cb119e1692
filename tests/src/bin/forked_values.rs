//! Forks while another thread makes, closes, holds or runs something, as the argument names. That
//! thread does not exist in the child, which must not wait for it.

mod forked;

use exitmacro::{
    AtExitCell, AtExitCleanup, CleanupError, Guard, Handler, Tracked, at_exit, guard, priority,
    track,
};
use forked::{fork, wait_for};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

static BEGIN: OnceLock<Instant> = OnceLock::new();
static PROCESS: OnceLock<u32> = OnceLock::new();

fn process() -> &'static str {
    if PROCESS.get() == Some(&std::process::id()) { "the parent" } else { "the child" }
}

struct Value;

impl Drop for Value {
    fn drop(&mut self) {
        println!("dropped in {}", process());
    }
}

static CELL: AtExitCell<Value> = AtExitCell::new(|| {
    println!("making in {}", process());
    stay();
    Value
})
.name("the cell");

/// Blocks a thread of the parent until the child has ended.
static STAY: Mutex<Option<(Sender<()>, Receiver<()>)>> = Mutex::new(None);

fn stay() {
    let stay = STAY.lock().unwrap().take();
    if let Some((arrived, go_on)) = stay {
        arrived.send(()).expect("main waits");
        _ = go_on.recv();
    }
}

struct Slow;

impl AtExitCleanup for Slow {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("closing in {}", process());
        stay();
        Ok(())
    }
}

#[at_exit(priority = priority::TELEMETRY)]
fn last() {
    println!(
        "last in {}, at once: {}",
        process(),
        BEGIN.get().expect("it was forked").elapsed() < Duration::from_secs(7)
    );
}

fn main() {
    PROCESS.set(std::process::id()).expect("nothing is there yet");
    let act: fn() = match std::env::args().nth(1).as_deref() {
        Some("makes") => || _ = CELL.get(),
        Some("makes in the forking thread") => return makes_in_the_forking_thread(),
        Some("holds in the forking thread") => return holds_in_the_forking_thread(),
        Some("gives back in the forking thread") => return gives_back_in_the_forking_thread(),
        Some("runs in the forking thread") => return runs_in_the_forking_thread(),
        Some("make and use") => return make_and_use(),
        Some("begin while a fork waits") => return begin_while_a_fork_waits(),
        Some("closes") => || drop(track(Slow)),
        Some("runs") => || {
            drop::<Guard>(guard(|| {
                println!("running in {}", process());
                stay();
            }));
        },
        Some("holds") => || {
            let _held = CELL.get();
            stay();
        },
        Some("is joined") => stay,
        other => panic!("unknown case: {other:?}"),
    };
    let (arrived, has_arrived) = mpsc::channel();
    let (go_on, wait) = mpsc::channel();
    if std::env::args().nth(1).as_deref() == Some("holds") {
        // Made before the thread blocks.
        drop(CELL.get());
    }
    *STAY.lock().unwrap() = Some((arrived, wait));
    let mut thread = Some(thread::spawn(act));
    has_arrived.recv().expect("the thread arrives");
    let is_joined = std::env::args().nth(1).as_deref() == Some("is joined");
    let joined = thread.take_if(|_| is_joined).map(|thread| track(thread));
    BEGIN.get_or_init(Instant::now);
    in_child(|| {
        if std::env::args().nth(1).as_deref() == Some("makes") {
            println!("the child gets it: {}", CELL.get().is_ok());
        } else {
            println!("adopted: {:?}", exitmacro::adopt());
        }
        if std::env::args().nth(1).as_deref() == Some("holds") {
            // A guard that the child takes and gives back.
            drop(CELL.get());
        }
        std::process::exit(5);
    });
    std::mem::forget::<Option<Tracked<thread::JoinHandle<()>>>>(joined);
    drop(go_on);
    if let Some(thread) = thread {
        thread.join().expect("it does not panic");
    }
    std::process::exit(3);
}

/// Forks, and waits for the end of the child.
fn in_child(act: impl FnOnce()) {
    if is_child() {
        act();
        unreachable!("the child ends");
    }
}

/// Forks. `true` in the child, which is killed if it hangs; `false` in the parent, after the end of
/// the child.
fn is_child() -> bool {
    let Some(child) = fork() else { return true };
    let status = wait_for(child);
    assert!(status >= 0, "the child hung: {status}");
    println!("the child ended with {status}");
    false
}

/// The thread that makes the value continues to make it in the child.
fn makes_in_the_forking_thread() {
    static FORKS: AtExitCell<u32> = AtExitCell::new(|| {
        BEGIN.get_or_init(Instant::now);
        let Some(child) = fork() else {
            println!(
                "inside: {}",
                FORKS.get().map_or_else(|error| error.to_string(), |_| "made".to_owned())
            );
            return 1;
        };
        wait_for(child);
        2
    });
    let made = FORKS.get().map(|value| *value);
    println!("{made:?} in {}", process());
}

/// In the child, another thread calls `std::process::exit` first, so that std stops the forking
/// thread, which holds a guard.
fn holds_in_the_forking_thread() {
    // From here on, other threads can see what this thread holds. The child must know that too.
    drop(CELL.get());
    BEGIN.get_or_init(Instant::now);
    in_child(|| {
        println!("adopted: {:?}", exitmacro::adopt());
        let _held = CELL.get();
        exit_on_another_thread();
        std::process::exit(6);
    });
    std::process::exit(3);
}

/// Returns when the run has begun.
fn exit_on_another_thread() {
    let (begun, has_begun) = mpsc::channel();
    let first = move || begun.send(()).expect("this thread waits");
    Handler::new("first")
        .priority(priority::TERMINAL)
        .register(first)
        .expect("the run has not begun");
    thread::spawn(|| std::process::exit(5));
    has_begun.recv().expect("the run begins");
}

/// The forking thread has a guard of the cell in the child too, and gives it back while the child
/// ends.
fn gives_back_in_the_forking_thread() {
    let held = CELL.get();
    BEGIN.get_or_init(Instant::now);
    in_child(|| {
        println!("adopted: {:?}", exitmacro::adopt());
        exit_on_another_thread();
        thread::sleep(Duration::from_millis(300));
        println!("given back in {}", process());
        drop(held);
        loop {
            thread::park();
        }
    });
    std::process::exit(3);
}

/// The function of a guard forks. It returns in the child while the child ends.
fn runs_in_the_forking_thread() {
    BEGIN.get_or_init(Instant::now);
    drop::<Guard>(guard(|| {
        println!("running in {}", process());
        if is_child() {
            println!("adopted: {:?}", exitmacro::adopt());
            exit_on_another_thread();
            thread::sleep(Duration::from_millis(300));
            println!("done in {}", process());
        }
    }));
    while process() == "the child" {
        thread::park();
    }
    std::process::exit(3);
}

/// Threads make and use cells continuously, and children that are forked meanwhile use all of them.
fn make_and_use() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static CELLS: [AtExitCell<usize>; 4_000] =
        [const { AtExitCell::new(|| MADE.fetch_add(1, SeqCst)) }; 4_000];
    BEGIN.get_or_init(Instant::now);
    for _ in 0..2 {
        thread::spawn(|| {
            for index in 0..CELLS.len() {
                for cell in &CELLS[index.saturating_sub(20)..=index] {
                    assert!(cell.get().is_ok());
                }
            }
            loop {
                assert!(CELLS.iter().all(|cell| cell.get().is_ok()));
            }
        });
    }
    let mut ended = 0;
    while ended < 100 {
        let Some(child) = fork() else {
            let made = MADE.load(SeqCst);
            // Around the cells that are being made right now.
            let all = CELLS[made.saturating_sub(50)..(made + 50).min(CELLS.len())]
                .iter()
                .all(|cell| cell.get().is_ok());
            // SAFETY: no preconditions.
            unsafe { libc::_exit(i32::from(!all)) }
        };
        let status = wait_for(child);
        assert!(status == 0, "child {ended} hung or got nothing: {status}");
        ended += 1;
    }
    println!("{ended} children ended");
    // SAFETY: may be called from anywhere.
    unsafe { libc::_exit(3) };
}

/// The first cell is made, and the first request to end is sent, while a fork waits in a fork
/// handler of another library.
fn begin_while_a_fork_waits() {
    static CELLS: [AtExitCell<usize>; 4] = [const { AtExitCell::new(|| 1) }; 4];
    static BEGUN: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn of_another_library() {
        for cell in &CELLS {
            thread::spawn(move || {
                // Made once: making it waits for the list each time, and so holds its lock most of
                // the time.
                let fails = || cell.try_get_or_init(|| Err::<usize, ()>(())).is_err();
                assert!(fails());
                BEGUN.fetch_add(1, SeqCst);
                while fails() {
                    _ = exitmacro::shutdown::is_requested();
                }
            });
        }
        while BEGUN.load(SeqCst) < CELLS.len() {
            thread::yield_now();
        }
    }

    unsafe extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> i32;
    }
    // SAFETY: the signature is that of POSIX, and the function stays.
    assert_eq!(unsafe { pthread_atfork(Some(of_another_library), None, None) }, 0);
    let Some(child) = fork() else {
        let all =
            CELLS.iter().all(|cell| cell.get().is_ok()) && !exitmacro::shutdown::is_requested();
        // SAFETY: no preconditions.
        unsafe { libc::_exit(i32::from(!all)) }
    };
    println!("the child ended with status {}", wait_for(child));
    // SAFETY: may be called from anywhere.
    unsafe { libc::_exit(3) };
}
