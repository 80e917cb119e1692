//! Random programs do the same with exitmacro as with Python's `atexit`, and as with glibc's, where
//! these have the same promises: handlers of one priority run in the opposite order, one that fails
//! does not stop the others, one that was taken back does not run, and one that is registered by
//! another, or that exits, leaves the others in order.
//!
//! `tests/differential` compares for an hour.

use crate::support::{Ended, scenario, target};
use exitmacro_testing::{has_program, left_out, output};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long to compare programs that are different each time, in seconds.
const SECONDS: &str = "EXITMACRO_TESTS_DIFFERENTIAL_SECONDS";

/// How many programs are compared without that, always the same ones.
const PROGRAMS: u64 = 12;

const PYTHON: &str = r#"
import atexit, sys

def handler(number, fails):
    def run():
        print(number, flush=True)
        if fails:
            raise ValueError("no luck")
    return run

handlers = {}
for word in sys.argv[1].split(" "):
    kind, number = word[0], int(word[1:])
    if kind == "u":
        atexit.unregister(handlers[number])
    elif kind == "e":
        sys.exit(number)
    else:
        handlers[number] = handler(number, kind == "f")
        atexit.register(handlers[number])
"#;

/// A generator of numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 32) % u64::from(limit)).expect("below a `u32`")
    }

    /// A program that `differential` can read, with these kinds of handlers.
    fn words(&mut self, kinds: &[&str]) -> String {
        let mut words = Vec::new();
        for number in 1..=1 + self.below(12) {
            let kind = kinds[self.below(kinds.len().try_into().expect("a few")) as usize];
            words.push(match kind {
                "n" => format!("n{number}:{}", 100 + number),
                "x" => format!("x{number}:{}", 1 + self.below(100)),
                "u" if number > 1 => format!("r{number} u{}", 1 + self.below(number)),
                "u" => format!("r{number}"),
                kind => format!("{kind}{number}"),
            });
        }
        words.push(format!("e{}", self.below(100)));
        words.join(" ")
    }
}

/// Compares programs, each with a generator of its own.
fn for_each_program(compare: impl Fn(&mut Random)) {
    let Ok(seconds) = std::env::var(SECONDS) else {
        // Numbers that differ in few bits begin with similar numbers.
        (1..=PROGRAMS)
            .for_each(|seed| compare(&mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))));
        return;
    };
    let end = Instant::now() + Duration::from_secs(seconds.parse().expect("a number of seconds"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let mut random = Random(now.as_secs() | 1);
    let mut programs = 0;
    while Instant::now() < end {
        compare(&mut random);
        programs += 1;
    }
    println!("{programs} programs did the same");
}

fn with(place: &str, words: &str) -> Ended {
    scenario!("differential").args([place, words]).run()
}

#[test]
fn programs_do_the_same_as_with_glibc() {
    if !target().is_glibc() {
        return;
    }
    // Where libc lets one thread exit, a handler, which has a thread of its own, cannot call it.
    // Where the hook does not know the status, such an exit ends the process with another one.
    let is_restricted = target().one_thread_may_exit || !target().hook_knows_status;
    let last = if is_restricted { "r" } else { "x" };
    for_each_program(|random| {
        let words = random.words(&["r", "r", "n", last]);
        let (ours, glibc) = (with("exitmacro", &words), with("glibc", &words));
        assert_eq!((ours.code(), &ours.stdout), (glibc.code(), &glibc.stdout), "{words}");
    });
}

#[test]
fn programs_do_the_same_as_with_python() {
    if !has_program("python3") {
        return left_out("`python3` is not here", "package `python3`");
    }
    for_each_program(|random| {
        let words = random.words(&["r", "r", "f", "u"]);
        let python = output(Command::new("python3").args(["-c", PYTHON, &words]));
        let ours = with("exitmacro", &words);
        let stdout = String::from_utf8_lossy(&python.stdout);
        assert_eq!(
            (Some(ours.code()), ours.stdout.as_str()),
            (python.status.code(), &*stdout),
            "{words}"
        );
        let stderr = String::from_utf8_lossy(&python.stderr);
        let [failed, expected] =
            [&*ours.stderr, &*stderr].map(|stderr| stderr.matches(": no luck").count());
        assert_eq!(failed, expected, "{words}: {ours:?}\n{stderr}");
    });
}
