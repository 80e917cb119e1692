//! The values of `EXITMACRO_BUDGET` and `EXITMACRO_SKIP`, against parsers that implement the rules
//! only.

#![no_main]

use exitmacro::fuzzing;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    duration: &'a str,
    patterns: &'a str,
    names: [&'a str; 3],
}

fuzz_target!(|input: Input<'_>| {
    assert_eq!(fuzzing::duration(input.duration), duration(input.duration));
    for name in input.names {
        assert_eq!(fuzzing::is_skipped(input.patterns, name), is_skipped(input.patterns, name));
    }
    compare_unmatched(input.patterns, &input.names);
});

/// A number and a unit, each unit once, from long to short. Returns the nanoseconds, unless they
/// are zero or too many.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u128); 5] = [
        ("h", 3_600 * 1_000_000_000),
        ("m", 60 * 1_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
    ];
    let mut rest = text;
    let mut nanos = 0;
    for (unit, length) in UNITS {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let unit_length = behind.bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        if digits > 0 && &behind[..unit_length] == unit {
            nanos += u128::from(number.parse::<u64>().ok()?) * length;
            rest = &behind[unit_length..];
        }
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let duration = Duration::new(seconds, (nanos % 1_000_000_000) as u32);
    (rest.is_empty() && !duration.is_zero()).then_some(duration)
}

fn patterns(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|pattern| !pattern.is_empty())
}

fn is_skipped(text: &str, name: &str) -> bool {
    patterns(text).any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
}

/// Tries every text that a star can match: row by row, which beginnings of the name match so far.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for &byte in pattern {
        if byte == b'*' {
            for end in 1..reached.len() {
                reached[end] |= reached[end - 1];
            }
        } else {
            for end in (1..reached.len()).rev() {
                reached[end] = reached[end - 1] && name[end - 1] == byte;
            }
            reached[0] = false;
        }
    }
    reached[name.len()]
}

/// The crate keeps the patterns as long as the process runs. Here they live for one input.
fn compare_unmatched(text: &str, names: &[&str]) {
    let kept = Box::into_raw(Box::<str>::from(text));
    // SAFETY: the pointer comes from the box above, and is freed below, when nothing refers to it
    // any more.
    let unmatched = fuzzing::unmatched(unsafe { &*kept }, names);
    // A pattern of stars only matches every name.
    let is_unmatched = |pattern: &&str| {
        pattern.bytes().any(|byte| byte != b'*')
            && !names.iter().any(|name| matches(pattern.as_bytes(), name.as_bytes()))
    };
    assert!(unmatched.iter().copied().eq(patterns(text).filter(is_unmatched)));
    drop(unmatched);
    // SAFETY: the pointer came from a box, and nothing refers to it any more.
    drop(unsafe { Box::from_raw(kept) });
}
