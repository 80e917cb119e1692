//! Reports to `log`. The first argument says which logger there is, the others which handlers.

mod handlers;

use log::kv::{Error, Key, Value, VisitSource};
use log::{LevelFilter, Log, Metadata, Record};
use std::thread;

/// Prints each record with its fields.
struct Printing;

impl Log for Printing {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        println!("{} {}: {}", record.level(), record.target(), record.args());
        record.key_values().visit(&mut Fields).expect("all fields can be printed");
    }

    fn flush(&self) {}
}

struct Fields;

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        println!("  {key}={value:?}");
        Ok(())
    }
}

struct Hanging;

impl Log for Hanging {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, _: &Record) {
        loop {
            thread::park();
        }
    }

    fn flush(&self) {}
}

exitmacro::config! { report_to = log }

fn main() {
    let mut arguments = std::env::args().skip(1);
    let logger = arguments.next().expect("which logger there is");
    handlers::register(arguments, || log::set_max_level(LevelFilter::Off));
    let logger: &'static dyn Log = match &*logger {
        "prints" => &Printing,
        "hangs" => &Hanging,
        "is not there" => return,
        _ => panic!("there is no logger that {logger}"),
    };
    log::set_logger(logger).expect("there is no other one");
    log::set_max_level(LevelFilter::Debug);
}
