//! The body of the programs of all flavours. They end as the first argument names. Their handlers
//! use what they make themselves, and what was made in the program's runtime.

#[path = "../../other_threads.rs"]
mod other_threads;

use exitmacro::signals::{Signal, Signals};
use exitmacro::{ExitContext, at_exit};
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::{Handle, Id};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// A handler that waits longer for the program's runtime reports that no thread drives it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What was made in the program's runtime.
struct Made {
    runtime: Id,
    listener: TcpListener,
    address: SocketAddr,
    socket: UnixStream,
    peer: UnixStream,
    /// A task answers the requests of this channel.
    questions: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

static MADE: OnceLock<Made> = OnceLock::new();

type Act = Box<dyn Fn(&ExitContext) + Send + Sync>;

/// What happens while the handlers run.
static MEANWHILE: OnceLock<Act> = OnceLock::new();

static MAIN_RETURNS: AtomicBool = AtomicBool::new(false);

/// The last handler has printed its line.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

async fn make() -> io::Result<Made> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (socket, peer) = UnixStream::pair()?;
    let (questions, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
    tokio::spawn(async move {
        while let Some(question) = asked.recv().await {
            sleep(Duration::from_millis(1)).await;
            // A handler that stopped waiting does not receive it.
            _ = question.send(());
        }
    });
    Ok(Made { runtime: Handle::current().id(), listener, address, socket, peer, questions })
}

/// Sends a word over a socket.
async fn talk(from: &UnixStream, to: &UnixStream) -> io::Result<()> {
    from.writable().await?;
    from.try_write(b"x")?;
    to.readable().await?;
    to.try_read(&mut [0]).map(drop)
}

#[at_exit(priority = 2, name = "own")]
async fn uses_its_own(exit: &ExitContext) -> io::Result<()> {
    sleep(Duration::from_millis(1)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = tokio::spawn(TcpStream::connect(listener.local_addr()?));
    let (_server, _) = listener.accept().await?;
    _ = client.await??;
    let (one, other) = UnixStream::pair()?;
    talk(&one, &other).await?;
    println!("own: {}, {:?}", exit.reason(), exit.code());
    Ok(())
}

#[at_exit(priority = 1, name = "program's")]
async fn uses_the_programs() -> io::Result<()> {
    let Some(made) = MADE.get() else { return Ok(()) };
    let whose = if Handle::current().id() == made.runtime { "the program's" } else { "its own" };
    let is_at_work = match timeout(TIMEOUT, use_made(made)).await {
        Ok(used) => used.map(|()| true)?,
        Err(_) => false,
    };
    println!(
        "in {whose} runtime; the program's {}",
        if is_at_work { "works" } else { "stands still" }
    );
    Ok(())
}

async fn use_made(made: &Made) -> io::Result<()> {
    let client = tokio::spawn(TcpStream::connect(made.address));
    let (_server, _) = made.listener.accept().await?;
    _ = client.await??;
    talk(&made.socket, &made.peer).await?;
    let (question, answer) = oneshot::channel();
    made.questions.send(question).map_err(io::Error::other)?;
    answer.await.map_err(io::Error::other)
}

#[at_exit(name = "meanwhile")]
fn await_what_happens_meanwhile(exit: &ExitContext) {
    if let Some(meanwhile) = MEANWHILE.get() {
        meanwhile(exit);
    }
}

#[at_exit(priority = -1, name = "last")]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
    HAVE_RUN.store(true, Relaxed);
}

pub(crate) async fn end() -> Result<ExitCode, String> {
    assert!(MADE.set(make().await.expect("sockets can be made")).is_ok(), "set once");
    let exit_path = std::env::args().nth(1).unwrap_or_default();
    match exit_path.as_str() {
        "return" => {}
        "return 7" => return Ok(ExitCode::from(7)),
        "error" => return Err("no luck".to_owned()),
        "panic" => panic!("main panics"),
        "exitmacro exit" => exitmacro::exit(5),
        "std exit" => std::process::exit(6),
        "exitmacro exit in a task" => by_a_task(async { exitmacro::exit(5) }).await,
        "std exit in a task" => by_a_task(async { std::process::exit(6) }).await,
        "exitmacro exit in two tasks" => by_two_tasks(|| exitmacro::exit(5)).await,
        "std exit in two tasks" => by_two_tasks(|| std::process::exit(6)).await,
        "exitmacro exit on a blocking thread" => by_a_blocking_thread(|| exitmacro::exit(5)).await,
        "std exit on a blocking thread" => by_a_blocking_thread(|| std::process::exit(6)).await,
        "panic in a task" => by_a_task(async { panic!("a task panics") }).await,
        "signal" => await_signal(Duration::ZERO, pending()).await,
        "signal, then return" => {
            await_signal(Duration::from_secs(20), exitmacro::shutdown::notified()).await
        }
        "signal during work, then return" => {
            work_after_return();
            await_signal(Duration::from_secs(20), exitmacro::shutdown::notified()).await
        }
        "signal, then no end" => await_signal(Duration::from_millis(100), pending()).await,
        "signal, and return at once" => {
            await_signal(Duration::ZERO, exitmacro::shutdown::notified()).await
        }
        "return, and exit in a task" => {
            let runtime = Handle::current();
            exit_second(move || drop(runtime.spawn(async { exitmacro::exit(5) })));
        }
        "return, and signal" => {
            Signals::new([Signal::TERM]).install().expect("signals are installed once");
            happens_meanwhile(|_| {
                println!("ready");
                exitmacro::shutdown::wait();
            });
        }
        "return, and signal when the handlers have run" => {
            Signals::new([Signal::TERM]).install().expect("signals are installed once");
            // Dropping the runtime waits for this thread.
            tokio::task::spawn_blocking(|| {
                // The plan is empty when the last one has begun.
                while !HAVE_RUN.load(Relaxed) {
                    thread::yield_now();
                }
                println!("ready");
                thread::sleep(Duration::from_secs(5));
            });
        }
        "return, and C exit when the runtime ends" => {
            drop(tokio::spawn(ends_the_process_when_it_is_dropped(EndsTheProcess)))
        }
        "return, and exit on a thread" => {
            exit_second(|| drop(thread::spawn(|| exitmacro::exit(5))))
        }
        "run" => report(&exitmacro::run_async().await),
        "run twice" => {
            let both = [exitmacro::run_async().await, exitmacro::run_async().await];
            both.iter().for_each(report);
        }
        "run, then return 7" => {
            report(&exitmacro::run_async().await);
            return Ok(ExitCode::from(7));
        }
        "run, then exitmacro exit" => {
            report(&exitmacro::run_async().await);
            exitmacro::exit(5)
        }
        "run in two tasks" => {
            let [one, other] =
                [tokio::spawn(exitmacro::run_async()), tokio::spawn(exitmacro::run_async())];
            for run in [one, other] {
                report(&run.await.expect("no task panics"));
            }
        }
        "run, dropped" => run_and_give_up().await,
        "run, and exit on a thread" => {
            exit_meanwhile(|| drop(thread::spawn(|| exitmacro::exit(5))));
            exitmacro::run_async().await;
            return pending().await;
        }
        "run by hand" => report(&exitmacro::run()),
        other => return Err(format!("unknown exit path: {other}")),
    }
    Ok(ExitCode::SUCCESS)
}

/// A value of a task, which is dropped with the runtime, after the handlers.
struct EndsTheProcess;

impl Drop for EndsTheProcess {
    fn drop(&mut self) {
        // SAFETY: the process ends, and no other thread is inside libc's `exit`.
        unsafe { libc::exit(5) }
    }
}

async fn ends_the_process_when_it_is_dropped(value: EndsTheProcess) {
    pending::<()>().await;
    drop(value);
}

async fn by_a_task(task: impl Future<Output = ()> + Send + 'static) {
    if tokio::spawn(task).await.is_err() {
        println!("the task panicked");
    }
}

/// Both concurrently, so that no worker is left.
async fn by_two_tasks(end: fn()) {
    let other = tokio::spawn(with_the_other_one(end));
    by_a_task(with_the_other_one(end)).await;
    _ = other.await;
}

/// Not at a barrier: tokio may leave the other task in the queue of a worker that blocks.
async fn with_the_other_one(end: fn()) {
    while !is_with_the_other_one() {
        tokio::task::yield_now().await;
    }
    end();
}

/// Whether another worker is here too, now or in a moment.
fn is_with_the_other_one() -> bool {
    static HERE: Mutex<u32> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    let mut here = HERE.lock().expect("no worker panics here");
    *here += 1;
    CHANGED.notify_all();
    let moment = Duration::from_millis(10);
    let (mut here, _) =
        CHANGED.wait_timeout_while(here, moment, |here| *here < 2).expect("no worker panics here");
    if *here < 2 {
        *here -= 1;
        return false;
    }
    true
}

async fn by_a_blocking_thread(end: fn()) {
    _ = tokio::task::spawn_blocking(end).await;
}

fn happens_meanwhile(meanwhile: impl Fn(&ExitContext) + Send + Sync + 'static) {
    assert!(MEANWHILE.set(Box::new(meanwhile)).is_ok(), "set once");
}

/// Another thread calls `exit` with status 5 while the handlers run that `main` awaits.
fn exit_second(start: impl Fn() + Send + Sync + 'static) {
    happens_meanwhile(move |_| {
        start();
        // The thread reaches the point where it is stopped, or ends the process after the handlers.
        other_threads::await_asleep();
    });
}

/// Another thread calls `exit` with status 5, which becomes the status of the process.
fn exit_meanwhile(start: impl Fn() + Send + Sync + 'static) {
    happens_meanwhile(move |exit| {
        start();
        while exit.code() != Some(5) {
            thread::yield_now();
        }
    });
}

async fn run_and_give_up() {
    static BEGUN: Notify = Notify::const_new();
    static GIVEN_UP: AtomicBool = AtomicBool::new(false);
    happens_meanwhile(|exit| {
        BEGUN.notify_one();
        while !GIVEN_UP.load(Relaxed) {
            thread::yield_now();
        }
        // Then `main` returns, and its status becomes that of the process.
        while exit.code() != Some(0) {
            thread::yield_now();
        }
    });
    tokio::select! {
        _ = exitmacro::run_async() => println!("the run is over"),
        () = BEGUN.notified() => {}
    }
    GIVEN_UP.store(true, Relaxed);
}

async fn await_signal(grace: Duration, end: impl Future<Output = ()>) {
    Signals::new([Signal::TERM]).grace(grace).install().expect("signals are installed once");
    println!("ready");
    end.await;
    println!("main returns");
    MAIN_RETURNS.store(true, Relaxed);
}

/// Starts a task whose work takes longer than `main`, and announces it.
fn work_after_return() {
    exitmacro::shutdown::drained();
    let in_flight = exitmacro::shutdown::in_flight();
    tokio::spawn(async move {
        while !MAIN_RETURNS.load(Relaxed) {
            sleep(Duration::from_millis(1)).await;
        }
        // The handlers would run meanwhile.
        sleep(Duration::from_millis(100)).await;
        println!("the work is done");
        drop(in_flight);
    });
}

fn report(report: &exitmacro::Report) {
    let outcomes: Vec<String> = report
        .handlers()
        .iter()
        .map(|handler| format!("{} {}", handler.name(), handler.outcome()))
        .collect();
    println!("report: {}", outcomes.join(", "));
}
