//! Registers many short handlers, which a runner executes in lanes. Some of them, chosen at random,
//! register and unregister others, sleep, or fork. A model of the table says at each handler
//! whether it is its turn. Arguments: how many there are, how many of a thousand do something, a
//! seed, and `alike` if all that are registered before the run have the same priority.

use exitmacro::{ExitContext, Handler, HandlerId, Unregistered, at_exit, register, unregister};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

/// A place in the order: the greatest one runs first.
type Place = (i32, u64);

struct Model {
    waiting: BTreeMap<Place, HandlerId>,
    registered: u64,
    most: u64,
    /// Whether all that are registered have the same priority.
    alike: bool,
    /// Of a thousand handlers.
    acting: u64,
    random: u64,
    finished: Vec<HandlerId>,
    /// What was not as the model says.
    faults: Vec<String>,
}

static MODEL: Mutex<Model> = Mutex::new(Model {
    waiting: BTreeMap::new(),
    registered: 0,
    most: 0,
    alike: false,
    acting: 0,
    random: 0,
    finished: Vec::new(),
    faults: Vec::new(),
});

impl Model {
    /// A random number below this one.
    fn below(&mut self, end: u64) -> u64 {
        // splitmix64
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.random;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % end
    }

    /// Registers a handler of one of all kinds.
    fn register(&mut self) {
        self.registered += 1;
        let number = self.registered;
        let kind = if self.alike { 25 + self.below(75) } else { self.below(100) };
        let priority = if kind < 25 { self.below(9) as i32 - 4 } else { 0 };
        let place = (priority, number);
        let captured = [number; 2];
        let id = match kind {
            0..25 => {
                Handler::new("with a name").priority(priority).register(move || take_turn(place))
            }
            25..60 => register(move || take_turn((0, number))),
            // Too large to be stored in place.
            60..99 => register(move || {
                black_box(captured);
                take_turn(place);
            }),
            // Not for a lane.
            _ => register(move |_: &ExitContext| take_turn(place)),
        };
        self.waiting.insert(place, id.expect("there is memory, and the run has not ended"));
    }

    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.faults.push(format!("{what}: {found:?} in place of {expected:?}"));
        }
    }

    fn unregister_any(&mut self) {
        // Mostly one that may be in the lane.
        let count = self.waiting.len() as u64;
        let end = if self.below(4) == 0 { count } else { count.min(100) };
        if end == 0 {
            return;
        }
        let at = self.below(end) as usize;
        let place = *self.waiting.keys().rev().nth(at).expect("there are more");
        if let Some(id) = self.waiting.remove(&place) {
            self.expect("a waiting handler", unregister(id), Unregistered::Removed);
            self.expect("one that was removed", unregister(id), Unregistered::Finished);
        }
    }

    /// As guards do that are dropped in the opposite order.
    fn unregister_last(&mut self) {
        let last = self.waiting.last_entry().filter(|last| last.key().1 == self.registered);
        if let Some(id) = last.map(|last| last.remove()) {
            self.expect("the last one", unregister(id), Unregistered::Removed);
        }
    }

    fn look_at_finished(&mut self) {
        if let Some(last) = (self.finished.len() as u64).checked_sub(1) {
            let at = self.below(last + 1) as usize;
            self.expect(
                "a finished handler",
                unregister(self.finished[at]),
                Unregistered::Finished,
            );
        }
    }
}

/// What each handler does.
fn take_turn(place: Place) {
    let mut model = MODEL.lock().expect("no handler panics");
    let next = model.waiting.pop_last();
    model.expect("next", Some(place), next.map(|(place, _)| place));
    let Some((_, id)) = next else { return };
    if model.below(1_000) < model.acting {
        act(&mut model, id);
    }
    model.finished.push(id);
}

fn act(model: &mut Model, running: HandlerId) {
    match model.below(7) {
        0 | 1 if model.registered < model.most => {
            (0..=model.below(3)).for_each(|_| model.register());
        }
        0..3 => model.unregister_any(),
        3 => model.look_at_finished(),
        4 => model.expect("a running handler", unregister(running), Unregistered::Running),
        // The supervisor looks at a lane every two milliseconds.
        5 => sleep(Duration::from_millis(model.below(4))),
        _ => fork(),
    }
}

/// The child ends at once.
#[cfg(unix)]
fn fork() {
    let mut status = 0;
    // SAFETY: the child ends without anything else, and the status is writable.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(0),
            child => assert_eq!(libc::waitpid(child, &raw mut status, 0), child),
        }
    }
}

#[cfg(not(unix))]
const fn fork() {}

#[at_exit(priority = -5)]
fn report(exit: &ExitContext) {
    let in_report = exit.report().handlers().len();
    let mut model = MODEL.lock().expect("no handler panics");
    let (waiting, ran) = (model.waiting.len(), model.finished.len());
    model.expect("left", waiting, 0);
    model.expect("in the report", in_report, ran);
    match &*model.faults {
        [] => println!("as in the model"),
        faults => println!("{} faults\n{}", faults.len(), faults[..faults.len().min(9)].join("\n")),
    }
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let alike = arguments.pop_if(|argument| argument == "alike").is_some();
    let numbers: Vec<u64> =
        arguments.iter().map(|number| number.parse().expect("a number")).collect();
    let [count, acting, seed] = numbers[..] else { panic!("three numbers") };
    let mut model = MODEL.lock().expect("no handler panics");
    (model.most, model.acting, model.random) = (2 * count, acting, seed);
    model.alike = alike;
    for _ in 0..count {
        model.register();
        if model.below(20) == 0 {
            model.unregister_last();
        }
    }
    model.alike = false;
}
