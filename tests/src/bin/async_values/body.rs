//! Values that are closed by an `async fn`: a client and a pool of connections to the server of the
//! test, and jobs in a `JoinSet`. The first argument is the address of the server, the second one
//! who holds the values, the third one how the program ends.

use exitmacro::signals::{self, Signal};
use exitmacro::{AtExitCleanup, Tracked, at_exit, track};
use std::io;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Says a line, and awaits the answer or the end of the connection, if that comes: a runtime that
/// stands still does not see it.
async fn say(stream: &TcpStream, line: &str) -> io::Result<()> {
    stream.writable().await?;
    stream.try_write(format!("{line}\n").as_bytes())?;
    let answer = async {
        loop {
            stream.readable().await?;
            match stream.try_read(&mut [0; 8]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read.map(drop),
            }
        }
    };
    timeout(Duration::from_millis(300), answer).await.unwrap_or(Ok(()))
}

async fn connect(name: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(argument(1)).await?;
    say(&stream, &format!("hello {name}")).await?;
    Ok(stream)
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).unwrap_or_default()
}

/// A client, as of Redis.
#[derive(AtExitCleanup)]
#[cleanup(with = quit, name = "client", timeout = "5s")]
struct Client(TcpStream);

impl Client {
    async fn quit(&self) -> io::Result<()> {
        say(&self.0, "quit").await
    }
}

/// A pool of connections, as of sqlx.
#[derive(AtExitCleanup)]
#[cleanup(with = close, name = "pool", timeout = "5s")]
struct Pool(Mutex<Vec<TcpStream>>);

impl Pool {
    async fn connect() -> io::Result<Self> {
        Ok(Self(Mutex::new(vec![connect("pool").await?, connect("pool").await?])))
    }

    async fn close(&self) {
        let idle = std::mem::take(&mut *self.0.lock().expect("no thread panics"));
        for connection in idle {
            say(&connection, "quit").await.expect("the server listens");
        }
    }
}

/// A task that has its own connection, until it is told to stop.
#[derive(AtExitCleanup)]
#[cleanup(with = join, name = "jobs", timeout = "1s")]
struct Jobs {
    stop: watch::Sender<bool>,
    tasks: tokio::sync::Mutex<JoinSet<io::Result<()>>>,
}

impl Jobs {
    async fn start() -> io::Result<Self> {
        let (stop, mut stopped) = watch::channel(false);
        let connection = connect("job").await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            _ = stopped.wait_for(|&is_stopped| is_stopped).await;
            say(&connection, "quit").await
        });
        Ok(Self { stop, tasks: tokio::sync::Mutex::new(tasks) })
    }

    async fn join(&self) -> io::Result<()> {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while let Some(job) = tasks.join_next().await {
            job.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

/// Closed by its fields.
#[derive(AtExitCleanup)]
#[cleanup(name = "service")]
struct Service {
    client: Client,
    pools: Vec<Pool>,
    #[cleanup(skip)]
    _name: &'static str,
}

async fn service() -> io::Result<Service> {
    let client = Client(connect("client").await?);
    Ok(Service { client, pools: vec![Pool::connect().await?], _name: "service" })
}

#[at_exit(name = "static service", timeout = "5s")]
static SERVICE: OnceLock<Service> = OnceLock::new();

static KEPT: OnceLock<(Tracked<Client>, Tracked<Pool>)> = OnceLock::new();

static JOBS: OnceLock<Tracked<Jobs>> = OnceLock::new();

/// What lives until the end of `main`.
pub(crate) struct Held(#[expect(dead_code, reason = "it drops")] Option<Tracked<Service>>);

pub(crate) async fn begin() -> io::Result<Held> {
    signals::install([Signal::TERM]).expect("nothing is installed yet");
    Ok(Held(match argument(2).as_str() {
        "static" => {
            assert!(SERVICE.set(service().await?).is_ok(), "set once");
            None
        }
        "kept" => {
            let values = (track(Client(connect("client").await?)), track(Pool::connect().await?));
            assert!(KEPT.set(values).is_ok(), "set once");
            None
        }
        "jobs" => {
            assert!(JOBS.set(track(Jobs::start().await?)).is_ok(), "set once");
            None
        }
        "scope" => Some(track(service().await?)),
        "dropped" => {
            drop(track(service().await?));
            None
        }
        "closed" => {
            Tracked::close_async(track(service().await?)).await.expect("the server listens");
            println!("closed");
            None
        }
        other => panic!("unknown holder: {other}"),
    }))
}

pub(crate) async fn end(held: Held) -> Result<ExitCode, String> {
    // Held until the end, also where this future is never ready.
    let _held = held;
    match argument(3).as_str() {
        "return" => {}
        "error" => return Err("no luck".to_owned()),
        "panic" => panic!("main panics"),
        "exitmacro exit" => exitmacro::exit(5),
        "std exit" => std::process::exit(6),
        "signal" => {
            println!("ready");
            std::future::pending().await
        }
        other => return Err(format!("unknown exit path: {other}")),
    }
    Ok(ExitCode::from(7))
}
