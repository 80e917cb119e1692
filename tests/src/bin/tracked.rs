//! Values that are tracked, and closed as the first argument names.

mod forked;

use exitmacro::{
    AtExitCleanup, CleanupError, CleanupOptions, Handler, Tracked, at_exit, register, track,
};
use forked::wait_for;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Prints when it is closed, discarded and dropped, and by which thread.
struct Loud(&'static str);

impl AtExitCleanup for Loud {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("{} closed on {}", self.0, thread::current().name().unwrap_or("a thread"));
        match self.0 {
            "failing" => Err("no luck".into()),
            "panicking" => panic!("bad luck"),
            _ => Ok(()),
        }
    }

    fn discard(&self) {
        println!("{} discarded", self.0);
    }

    fn options(&self) -> CleanupOptions {
        match self.0 {
            "high" => CleanupOptions::new()
                .priority(10)
                .name("the high one")
                .timeout(Duration::from_secs(3)),
            "panicking" => CleanupOptions::new().name("the unlucky one"),
            _ => CleanupOptions::new(),
        }
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

fn main() {
    let what = std::env::args().nth(1).expect("what to do");
    match what.as_str() {
        "scope" => {
            let value = track(Loud("value"));
            let same = Tracked::clone(&value);
            drop(value);
            println!("one handle is left for {}", same.0);
        }
        "close" => {
            let value = track(Loud("value"));
            let same = Tracked::clone(&value);
            println!("{:?}", Tracked::close(value).is_ok());
            println!("still there: {}", same.0);
            println!("{:?}", Tracked::close(same).is_ok());
            println!("{}", Tracked::close(track(Loud("failing"))).unwrap_err());
        }
        "exit" => {
            let _values = [track(Loud("old")), track(Loud("new")), track(Loud("high"))];
            register(|| println!("registered")).expect("the run has not begun");
            println!(
                "{}",
                exitmacro::plan()
                    .handlers()
                    .iter()
                    .map(|handler| format!("{} {}", handler.name(), handler.source()))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            std::process::exit(3);
        }
        "failing at exit" => {
            let _values = [track(Loud("value")), track(Loud("panicking")), track(Loud("failing"))];
            std::process::exit(3);
        }
        "failing at drop" => {
            drop(track(Loud("failing")));
            drop(track(Loud("panicking")));
        }
        "after the run" => {
            exitmacro::run();
            let value = track(Loud("value"));
            println!("made after the run");
            drop(value);
        }
        "after the run, and fork" => {
            exitmacro::run();
            let value = track(Loud("value"));
            match forked::fork() {
                None => println!("closed in the child: {}", Tracked::close(value).is_ok()),
                Some(child) => println!("the child ended with {}", wait_for(child)),
            }
        }
        "exits at drop" => {
            let value = track(Exits);
            let drops_it = move || {
                drop(value);
                println!("the handler goes on");
            };
            Handler::new("drops it").priority(1).register(drops_it).expect("the run has not begun");
            register(|| println!("next")).expect("the run has not begun");
        }
        "exit waits for a drop" => exit_waits_for_a_drop(),
        "churn" => churn(),
        "fork" => fork(),
        other => panic!("unknown: {other}"),
    }
}

/// Ends the process when it is closed.
struct Exits;

impl AtExitCleanup for Exits {
    fn cleanup(&self) -> Result<(), CleanupError> {
        exitmacro::exit(7)
    }
}

/// Takes long to close, and prints when it is closed.
struct Slow(mpsc::Sender<()>);

impl AtExitCleanup for Slow {
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.0.send(()).expect("main waits");
        thread::sleep(Duration::from_millis(200));
        println!("closed");
        Ok(())
    }
}

fn exit_waits_for_a_drop() {
    let (closing, is_closing) = mpsc::channel();
    let value = track(Slow(closing));
    thread::spawn(move || drop(value));
    is_closing.recv().expect("the value is being closed");
    std::process::exit(3);
}

/// How often each value was closed.
static CLOSED: [AtomicU8; VALUES] = [const { AtomicU8::new(0) }; VALUES];
static MADE: [AtomicBool; VALUES] = [const { AtomicBool::new(false) }; VALUES];
static AT_DROP: AtomicU32 = AtomicU32::new(0);
const VALUES: usize = 1_000_000;
const THREADS: usize = 8;

struct Counted(usize);

impl AtExitCleanup for Counted {
    fn cleanup(&self) -> Result<(), CleanupError> {
        CLOSED[self.0].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Threads make and drop values while the process exits.
fn churn() {
    static KEPT: Mutex<Vec<Tracked<Counted>>> = Mutex::new(Vec::new());
    for thread in 0..THREADS {
        thread::spawn(move || {
            for number in (thread..VALUES).step_by(THREADS) {
                let value = track(Counted(number));
                MADE[number].store(true, Ordering::Release);
                if number % 1_000 == thread {
                    // This value is left to the exit.
                    KEPT.lock().unwrap().push(value);
                } else {
                    drop(value);
                    AT_DROP.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while AT_DROP.load(Ordering::Relaxed) < 100_000 {
        thread::yield_now();
    }
    std::process::exit(3);
}

/// The values that existed when the handler before the last one ran. All of them are closed when
/// the last handler runs, or a thread is about to close them.
static MADE_BEFORE: Mutex<Vec<bool>> = Mutex::new(Vec::new());

fn is_churn() -> bool {
    std::env::args().nth(1).as_deref() == Some("churn")
}

#[at_exit(priority = i32::MIN + 1)]
fn count_made() {
    if is_churn() {
        *MADE_BEFORE.lock().unwrap() =
            MADE.iter().map(|made| made.load(Ordering::Acquire)).collect();
    }
}

#[at_exit(priority = i32::MIN)]
fn count() {
    if is_churn() {
        let made = MADE_BEFORE.lock().unwrap();
        let times = |number: usize| CLOSED[number].load(Ordering::Relaxed);
        let never = || (0..VALUES).filter(|&number| made[number] && times(number) == 0).count();
        let patience = Instant::now() + Duration::from_secs(5);
        while never() > 0 && Instant::now() < patience {
            thread::sleep(Duration::from_millis(1));
        }
        let twice = (0..VALUES).filter(|&number| times(number) > 1).count();
        let some = made.iter().filter(|&&made| made).count() >= 100_000;
        println!("closed twice: {twice}, never: {}, enough made: {some}", never());
    }
}

/// A connection whose end is announced to the peer.
struct Connection(UnixStream);

impl AtExitCleanup for Connection {
    fn cleanup(&self) -> Result<(), CleanupError> {
        (&self.0).write_all(b"bye")?;
        Ok(self.0.shutdown(std::net::Shutdown::Both)?)
    }
}

fn fork() {
    let how = std::env::args().nth(2).expect("how the child ends");
    let (ours, mut peer) = UnixStream::pair().expect("there are descriptors");
    let connection = track(Connection(ours));
    let loud = track(Loud("value"));
    let Some(child) = forked::fork() else {
        match how.as_str() {
            "drops" => drop((connection, loud)),
            "closes" => {
                println!("{} {}", Tracked::close(connection).is_ok(), Tracked::close(loud).is_ok())
            }
            "exits" => {}
            other => panic!("unknown: {other}"),
        }
        std::process::exit(0);
    };
    wait_for(child);
    peer.set_nonblocking(true).expect("a socket can be");
    println!("the peer reads: {:?}", peer.read(&mut [0; 8]).map_err(|error| error.kind()));
    (&connection.0).write_all(b"ping").expect("the connection works");
    let mut text = [0; 4];
    peer.read_exact(&mut text).expect("the connection works");
    println!("the peer reads: {}", String::from_utf8_lossy(&text));
    std::process::exit(3);
}
