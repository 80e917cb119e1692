//! Values of derived types, closed as the first argument names.

mod forked;

use exitmacro::{AtExitCleanup, CleanupError, Tracked, at_exit, priority, register, track};
use forked::wait_for;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::panic::{panic_any, set_hook};
use std::sync::{Arc, Mutex};
use std::thread;

/// Prints when it is closed and discarded, and by which thread.
#[derive(AtExitCleanup, Debug)]
#[cleanup(with = close, discard = abandon)]
struct Part(&'static str);

impl Part {
    fn close(&self) -> Result<(), String> {
        println!("{} closed on {}", self.0, thread::current().name().unwrap_or("a thread"));
        match self.0 {
            "panicking" => panic!("panic with {}", self.0),
            "bomb" => panic_any(Bomb),
            "exiting" => exitmacro::exit(7),
            _ => {}
        }
        if self.0.contains("failing") { Err(format!("no luck with {}", self.0)) } else { Ok(()) }
    }

    fn abandon(&self) {
        println!("{} discarded", self.0);
    }
}

/// A payload of a panic whose drop panics in turn.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb");
    }
}

/// Fields are closed from top to bottom, whatever their types and names.
#[derive(AtExitCleanup)]
struct Server {
    z_first: Part,
    r#type: Option<Part>,
    #[cleanup(skip)]
    left_out: Part,
    many: Vec<Part>,
    shared: Arc<Mutex<Part>>,
    nothing: Option<Part>,
    a_last: Part,
}

fn server(first: &'static str, many: [&'static str; 2]) -> Server {
    Server {
        z_first: Part(first),
        r#type: Some(Part("type")),
        left_out: Part("left out"),
        many: many.map(Part).into(),
        shared: Arc::new(Mutex::new(Part("shared"))),
        nothing: None,
        a_last: Part("last"),
    }
}

#[derive(AtExitCleanup)]
struct Pair(Part, #[cleanup(skip)] Part, Part);

#[derive(AtExitCleanup)]
struct Unit;

#[derive(AtExitCleanup)]
enum Resource {
    One(Part),
    Two(Part, #[cleanup(skip)] &'static str, Part),
    Named { second: Part, first: Part },
    Nothing,
}

/// The values that it holds are closed with it, those that it only refers to are not.
#[derive(AtExitCleanup)]
#[cleanup(name = "the generic one")]
struct Generic<'a, T: Debug, U, const N: usize>
where
    U: Default,
{
    held: [T; N],
    inner: Option<U>,
    #[cleanup(skip)]
    known: &'a str,
    next: Option<Box<Self>>,
}

mod wrapped {
    #[derive(exitmacro::AtExitCleanup)]
    pub(crate) struct Pool<T>(pub(crate) T);
}

/// A type that wraps another one of its name.
#[derive(AtExitCleanup)]
struct Pool<T>(wrapped::Pool<T>);

trait HasItem {
    type Item;
}

impl HasItem for u8 {
    type Item = Part;
}

/// A type that has the name of a type of its parameter.
#[derive(AtExitCleanup)]
struct Item<I: HasItem>(I::Item);

fn namesakes() -> (Tracked<Pool<Part>>, Tracked<Item<u8>>) {
    (track(Pool(wrapped::Pool(Part("wrapped")))), track(Item(Part("item"))))
}

#[derive(AtExitCleanup, Default)]
#[cleanup(with = Self::close)]
struct Counter<T>(Mutex<Vec<T>>);

impl<T> Counter<T> {
    fn close(&self) {
        println!("counter closed, with {}", self.0.lock().map_or(0, |values| values.len()));
    }
}

/// The method is the whole cleanup.
#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Whole(Part);

impl Whole {
    fn close(&self) -> std::io::Result<()> {
        println!("whole closed in place of {}", self.0.0);
        Ok(())
    }
}

/// The fields are closed by the method, and discarded one by one.
#[derive(AtExitCleanup)]
#[cleanup(discard = abandon)]
struct OwnDiscard(Part);

impl OwnDiscard {
    fn abandon(&self) {
        println!("own discard in place of {}", self.0.0);
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, priority = priority::FILES + 1, timeout = "1m30s", name = "the pool")]
struct Options;

impl Options {
    fn close(&self) {
        println!("the pool closed");
    }
}

/// Declares its order only. Its fields close it.
#[derive(AtExitCleanup)]
#[cleanup(priority = Self::LEVEL)]
struct Early(Part);

impl Early {
    const LEVEL: i32 = priority::FILES + 2;
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, timeout = "200ms", name = "the stuck one", priority = 5)]
struct Stuck;

impl Stuck {
    fn close(&self) {
        println!("stuck");
        loop {
            thread::park();
        }
    }
}

/// Has its own priority between 1 and -1, where declared and registered handlers have 0.
#[at_exit(priority = -1)]
fn late() {
    println!("late");
}

fn main() {
    let _kept: Box<dyn std::any::Any> = match std::env::args().nth(1).expect("what to do").as_str()
    {
        "struct" => Box::new(track(server("first", ["many 0", "many 1"]))),
        "failing struct" => Box::new(track(server("failing first", ["failing 0", "failing 1"]))),
        "panicking struct" => Box::new(quietly(track(server("panicking", ["failing 0", "bomb"])))),
        "exiting struct" => Box::new(track(server("failing first", ["exiting", "1"]))),
        "collections" => collections(),
        "tuple" => Box::new(track(Pair(Part("0"), Part("1"), Part("failing 2")))),
        "unit" => Box::new(track(Unit)),
        "enum" => Box::new(enums()),
        "generic" => Box::new(track(generic())),
        "namesakes" => Box::new(namesakes()),
        "with" => Box::new(track(Whole(Part("its part")))),
        "close" => close(),
        "plan" => Box::new(plan()),
        "stuck" => Box::new((track(Part("low")), track(Stuck), track(Early(Part("early"))))),
        "fork" => Box::new(fork()),
        other => panic!("unknown: {other}"),
    };
    std::process::exit(3);
}

/// Without the message of std for each panic.
fn quietly<T>(value: T) -> T {
    set_hook(Box::new(|_| ()));
    value
}

fn collections() -> Box<dyn std::any::Any> {
    let parts = || ["failing", "panicking", "bomb", "last"].map(Part);
    let numbered = || parts().into_iter().enumerate();
    quietly(());
    say(parts().cleanup());
    say(parts().as_slice().cleanup());
    say(Vec::from(parts()).cleanup());
    say(VecDeque::from(parts()).cleanup());
    say(numbered().collect::<BTreeMap<_, _>>().cleanup());
    say(HashMap::from([((), Part("panicking"))]).cleanup());
    Box::new(())
}

fn say(result: Result<(), CleanupError>) {
    println!("{}", result.map_or_else(|error| error.to_string(), |()| "fine".to_owned()));
}

fn enums() -> impl Sized {
    let parts = Resource::Named { second: Part("failing second"), first: Part("first") };
    let two = Resource::Two(Part("0"), "not a part", Part("failing 2"));
    // In a closure, so that each value is tracked at this location.
    [parts, two, Resource::One(Part("one")), Resource::Nothing].map(|value| track(value))
}

fn generic() -> Generic<'static, Part, Counter<u8>, 2> {
    let inner = Generic {
        held: [Part("inner 0"), Part("failing inner 1")],
        inner: None,
        known: "",
        next: None,
    };
    Generic {
        held: [Part("0"), Part("failing 1")],
        inner: Some(Counter::default()),
        known: "known",
        next: Some(Box::new(inner)),
    }
}

fn close() -> Box<dyn std::any::Any> {
    say(Tracked::close(track(Pair(Part("failing 0"), Part("1"), Part("failing 2")))));
    say(Tracked::close(track(Resource::Nothing)));
    // What a derive does not implement is left to the program.
    let Resource::Two(_, text, _) = &Resource::Two(Part(""), "text", Part("")) else {
        unreachable!("that it is")
    };
    println!(
        "{} {text} {} {}",
        generic().known,
        server("", [""; 2]).left_out.0,
        Pair(Part(""), Part("1"), Part("")).1.0
    );
    Box::new(())
}

fn plan() -> impl Sized {
    let values = (track(Options), track(Early(Part("early"))), track(Whole(Part("part"))));
    register(|| println!("registered")).expect("the run has not begun");
    for handler in exitmacro::plan().handlers() {
        println!(
            "{} {} {:?} {}",
            handler.name(),
            handler.priority(),
            handler.timeout(),
            handler.source()
        );
    }
    values
}

fn fork() -> impl Sized {
    let values = (
        track(server("first", ["many 0", "many 1"])),
        track(OwnDiscard(Part("own"))),
        track(Whole(Part("its part"))),
        track(Resource::One(Part("one"))),
    );
    let Some(child) = forked::fork() else {
        drop(values);
        println!("the child ends");
        std::process::exit(0);
    };
    wait_for(child);
    values
}
