//! Reports to `tracing`. The first argument says which subscriber there is, the others which
//! handlers.

mod handlers;

use std::io::{self, Write, stdout};
use std::sync::Mutex;
use std::thread;
use tracing::Level;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::fmt::MakeWriter;

static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

fn close() {
    drop(GUARD.lock().expect("no thread panics with it").take());
}

/// Does something else than to write.
#[derive(Clone, Copy)]
struct Writer(fn());

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn set_subscriber<W: for<'a> MakeWriter<'a> + Send + Sync + 'static>(level: Level, writer: W) {
    let format = tracing_subscriber::fmt().without_time().with_ansi(false);
    format.with_max_level(level).with_writer(writer).init();
}

#[exitmacro::main(report_to = tracing)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let subscriber = arguments.next().expect("which subscriber there is");
    handlers::register(arguments, close);
    match &*subscriber {
        "prints" => set_subscriber(Level::DEBUG, stdout),
        "prints errors" => set_subscriber(Level::ERROR, stdout),
        "has a guard" => {
            let (writer, guard) = tracing_appender::non_blocking(stdout());
            *GUARD.lock().expect("no thread panics with it") = Some(guard);
            set_subscriber(Level::DEBUG, writer);
        }
        "hangs" => set_subscriber(Level::DEBUG, || {
            Writer(|| {
                loop {
                    thread::park();
                }
            })
        }),
        "panics" => set_subscriber(Level::DEBUG, || Writer(|| panic!("the writer panics"))),
        "exits" => set_subscriber(Level::DEBUG, || Writer(|| exitmacro::exit(4))),
        "is of another thread" => {
            let subscriber = tracing_subscriber::fmt().with_writer(stdout).finish();
            std::mem::forget(tracing::subscriber::set_default(subscriber));
        }
        "is not there" => {}
        _ => panic!("there is no subscriber that {subscriber}"),
    }
}
