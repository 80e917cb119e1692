//! Handlers that wait for what does not come, and time out. The argument names what they wait for.

use exitmacro::rayon::JoinedPool;
use exitmacro::{
    AtExitCell, AtExitCleanup, CleanupError, Handler, Tracked, at_exit, priority, track,
};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};

exitmacro::config! { timeout = "300ms" }

/// Closing it takes for ever.
struct Slow(Sender<()>);

impl AtExitCleanup for Slow {
    fn cleanup(&self) -> Result<(), CleanupError> {
        _ = self.0.send(());
        forever()
    }
}

struct Value;

impl AtExitCleanup for Value {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("closed");
        Ok(())
    }
}

static SLOW: AtExitCell<u32> = AtExitCell::new(|| {
    MAKING.lock().expect("no panic").take().expect("it is made once").send(()).expect("main waits");
    forever()
});
static MAKING: Mutex<Option<Sender<()>>> = Mutex::new(None);

#[at_exit(priority = priority::TERMINAL)]
fn last() {
    println!("last");
}

fn forever() -> ! {
    loop {
        thread::park();
    }
}

/// Starts a thread that calls `work`, and returns when that calls what it is given.
fn until_called(
    name: Option<&str>,
    work: impl FnOnce(Sender<()>) + Send + 'static,
) -> JoinHandle<()> {
    let (call, is_called) = mpsc::channel();
    let builder =
        name.map_or_else(thread::Builder::new, |name| thread::Builder::new().name(name.to_owned()));
    let thread = builder.spawn(move || work(call)).expect("it starts");
    is_called.recv().expect("it is called");
    thread
}

fn stays(called: Sender<()>) {
    called.send(()).expect("main waits");
    forever()
}

/// Another thread keeps what `lock` returns of the value, which is closed at exit.
fn held<L: AtExitCleanup + 'static>(lock: L, hold: fn(&L, &dyn Fn())) -> Tracked<Arc<L>> {
    let tracked = track(Arc::new(lock));
    let held = Arc::clone(&tracked);
    until_called(Some("holder"), move |called| {
        hold(&held, &|| stays(called.clone()));
    });
    tracked
}

fn main() {
    // Dropped by no thread: `exit` does not return.
    let _tracked: Box<dyn std::any::Any> = match std::env::args().nth(1).as_deref() {
        Some("a thread") => Box::new(track(until_called(Some("worker"), stays))),
        Some("a thread without a name") => Box::new(track(until_called(None, stays))),
        Some("a static thread") => {
            static WORKER: Mutex<Option<Tracked<Vec<JoinHandle<()>>>>> = Mutex::new(None);
            let pool = ["first", "second"].map(|name| until_called(Some(name), stays));
            *WORKER.lock().expect("no panic") = Some(track(pool.into()));
            Box::new(())
        }
        Some("a mutex") => Box::new(held(Mutex::new(Value), |mutex, call| {
            let _locked = mutex.lock();
            call();
        })),
        Some("a reader-writer lock") => Box::new(held(RwLock::new(Value), |lock, call| {
            let _locked = lock.write();
            call();
        })),
        Some("a value that another thread closes") => {
            until_called(Some("closer"), |called| drop(track(Slow(called))));
            Box::new(())
        }
        Some("a value that another thread makes") => {
            until_called(Some("maker"), |called| {
                *MAKING.lock().expect("no panic") = Some(called);
                _ = SLOW.get();
            });
            Handler::new("uses it").register(|| drop(SLOW.get())).expect("the run has not begun");
            Box::new(())
        }
        Some("a pool of rayon") => {
            let pool = rayon_core::ThreadPoolBuilder::new().num_threads(1).build();
            let pool = JoinedPool::new(pool.expect("a thread starts"));
            pool.spawn(|| forever());
            Box::new(track(Mutex::new(Some(pool))))
        }
        Some("a child process") => {
            // It ends with this process, which holds the other end of its stdin.
            let mut child = Command::new("sh")
                .args(["-c", "trap '' TERM; echo ignores it; cat"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("there is a shell");
            let mut line = String::new();
            let stdout = child.stdout.take().expect("it is piped");
            BufReader::new(stdout).read_line(&mut line).expect("it prints");
            print!("{} {line}", child.id());
            Box::new(track(Mutex::new(child)))
        }
        other => panic!("unknown: {other:?}"),
    };
    exitmacro::exit(3);
}
