//! Sorts declared handlers of one priority by their place in the source, as
//! [`Declared::reading_position`] compares them, in linear time.
//!
//! Handlers are split by one part of their place after the other, the most significant part first;
//! only handlers that are equal so far are split by the next part. The key of a text is made of the
//! bytes at the first positions where the texts differ, so that a common prefix (the crate, a
//! folder) is read once. Nothing is hashed: handlers of two files never mix.

use crate::handler::declared::Declared;
use crate::order::radix;

/// How many bytes of a text make a key.
const BYTES: usize = 4;

/// The parts by which handlers of one priority are ordered, the most significant one first.
#[derive(Clone, Copy)]
enum Part {
    Crate,
    File,
    Line,
    Column,
    Module,
    Name,
    /// A zero byte in a name looks like the end of the name.
    NameLength,
    /// Two handlers of the same name at the same place: any order, but a total one.
    Index,
}

impl Part {
    const fn next(self) -> Option<Self> {
        Some(match self {
            Self::Crate => Self::File,
            Self::File => Self::Line,
            Self::Line => Self::Column,
            Self::Column => Self::Module,
            Self::Module => Self::Name,
            Self::Name => Self::NameLength,
            Self::NameLength => Self::Index,
            Self::Index => return None,
        })
    }
}

/// Sorts declared handlers of one priority into run order: the last one in the source first. The
/// indices of the items are those of the handlers; their keys are lost.
pub(crate) fn sort_as_read(declared: &[Declared], items: &mut [u64], scratch: &mut Vec<u64>) {
    let part = first_part(declared, items);
    sort_from(declared, items, scratch, part, 0);
}

/// The part in which handlers may differ first.
///
/// Most handlers stand at different places, and [`sort_from`] begins with the names of their
/// crates. The handlers that the expansion of one macro call declares stand at one place. This
/// function finds that in one pass, where `sort_from` would take four. It compares only the lengths
/// of the crates' names: a module path begins with that name, and is compared later.
fn first_part(declared: &[Declared], items: &[u64]) -> Part {
    let Some(first) = items.first().and_then(|&item| element(declared, item)) else {
        return Part::Crate;
    };
    let mut file = first.location().file().as_bytes();
    let shares_place = |&item: &u64| {
        element(declared, item).is_some_and(|handler| {
            // The compiler may write one text several times, mostly once for many handlers.
            let previous = core::mem::replace(&mut file, handler.location().file().as_bytes());
            handler.location().line() == first.location().line()
                && handler.column() == first.column()
                && handler.crate_name().len() == first.crate_name().len()
                && are_equal(file, previous)
        })
    };
    if items.iter().all(shares_place) { Part::Module } else { Part::Crate }
}

/// Not by `==`, which calls libc's `memcmp`: a name more for the loader.
fn are_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && (core::ptr::eq(a, b) || shared_length(a, b, 0, a.len()) == a.len())
}

/// Sorts handlers that are equal in all parts before this one, and in the text of this part up to
/// the byte `from`.
fn sort_from(
    declared: &[Declared],
    mut items: &mut [u64],
    scratch: &mut Vec<u64>,
    mut part: Part,
    mut from: usize,
) {
    loop {
        let Some(next_from) = set_keys(declared, items, part, from) else {
            let Some(next) = part.next() else { return };
            (part, from) = (next, 0);
            continue;
        };
        from = next_from;
        radix::sort(items, scratch);
        // A recursive call sorts at most half of the handlers, so that the recursion is never deep.
        let half = items.len() / 2;
        let mut most = None;
        let mut left = core::mem::take(&mut items);
        while let Some(&first) = left.first() {
            let count =
                left.iter().take_while(|&&item| radix::key(item) == radix::key(first)).count();
            let Some((same, rest)) = left.split_at_mut_checked(count) else { break };
            match count {
                1 => {}
                _ if count > half => most = Some(same),
                _ => sort_from(declared, same, scratch, part, from),
            }
            left = rest;
        }
        let Some(most) = most else { return };
        items = most;
    }
}

/// Sets the key of each item to that of the part. `None` when all are equal; otherwise the byte of
/// the text up to which items with equal keys are equal.
fn set_keys(declared: &[Declared], items: &mut [u64], part: Part, from: usize) -> Option<usize> {
    match part {
        Part::Crate | Part::File | Part::Module | Part::Name => {
            set_text_keys(declared, items, part, from)
        }
        Part::Line | Part::Column | Part::NameLength | Part::Index => {
            set_number_keys(declared, items, part)
        }
    }
}

fn element(declared: &[Declared], item: u64) -> Option<&Declared> {
    declared.get(radix::index(item) as usize)
}

fn number(declared: &[Declared], item: u64, part: Part) -> u32 {
    let Some(handler) = element(declared, item) else { return 0 };
    match part {
        Part::Line => handler.location().line(),
        Part::Column => handler.column(),
        Part::NameLength => handler.name().len() as u32,
        _ => !radix::index(item),
    }
}

fn set_number_keys(declared: &[Declared], items: &mut [u64], part: Part) -> Option<usize> {
    let mut differing = 0;
    let first = number(declared, *items.first()?, part);
    for item in items {
        let number = number(declared, *item, part);
        differing |= number ^ first;
        *item = radix::item(!number, radix::index(*item));
    }
    (differing != 0).then_some(0)
}

fn text(declared: &[Declared], item: u64, part: Part) -> &'static [u8] {
    let Some(handler) = element(declared, item) else { return &[] };
    match part {
        Part::Crate => handler.crate_name(),
        Part::File => handler.location().file().as_bytes(),
        Part::Module => handler.module().as_bytes(),
        _ => handler.name().as_bytes(),
    }
}

fn set_text_keys(
    declared: &[Declared],
    items: &mut [u64],
    part: Part,
    from: usize,
) -> Option<usize> {
    let (places, count) = differing_places(declared, items, part, from);
    let places = places.get(..count)?;
    let end = *places.last()?;
    let (mut previous, mut key): (&[u8], u32) = (&[], !0);
    for item in items {
        let text = text(declared, *item, part);
        if !core::ptr::eq(text, previous) {
            key = !places
                .iter()
                .fold(0, |key, &place| key << 8 | u32::from(text.get(place).copied().unwrap_or(0)));
            previous = text;
        }
        *item = radix::item(key, radix::index(*item));
    }
    Some(end)
}

/// The first positions of bytes at which the texts differ, from `from` on, and how many are found.
/// More may follow.
fn differing_places(
    declared: &[Declared],
    items: &[u64],
    part: Part,
    from: usize,
) -> ([usize; BYTES], usize) {
    let (mut places, mut count) = ([0; BYTES], 0);
    let Some(first) = items.first().map(|&item| text(declared, item, part)) else {
        return (places, count);
    };
    // The common prefix is compared word by word.
    let (mut shared, mut longest, mut previous) = (first.len(), first.len(), first);
    for &item in items {
        let text = text(declared, item, part);
        // Mostly the text is the same object: handlers of one file share it.
        if !core::ptr::eq(text, previous) {
            shared = shared_length(first, text, from, shared);
            longest = longest.max(text.len());
            previous = text;
        }
    }
    let mut window = shared;
    while window < longest && count < BYTES && (count == 0 || window <= shared + WORD) {
        let (mut differing, first_word) = (0, word(first, window));
        previous = first;
        for &item in items {
            let text = text(declared, item, part);
            if !core::ptr::eq(text, previous) {
                differing |= word(text, window) ^ first_word;
                previous = text;
            }
        }
        for place in 0..WORD {
            if differing << (8 * place) >> (8 * (WORD - 1)) != 0
                && let Some(next) = places.get_mut(count)
            {
                *next = window + place;
                count += 1;
            }
        }
        window += WORD;
    }
    (places, count)
}

const WORD: usize = size_of::<u64>();

/// The length up to which two texts agree, at most `end`. They are known to agree up to `from`.
fn shared_length(a: &[u8], b: &[u8], from: usize, end: usize) -> usize {
    let end = end.min(b.len());
    let (Some(a), Some(b)) = (a.get(from..end), b.get(from..end)) else { return from };
    let words = a.as_chunks().0.iter().zip(b.as_chunks().0);
    for ((a, b), at) in words.zip((from..).step_by(WORD)) {
        if let Some(place) = first_difference(a, b) {
            return at + place;
        }
    }
    // The last word overlaps those that were compared, which agree.
    match (a.last_chunk(), b.last_chunk()) {
        (Some(a), Some(b)) => first_difference(a, b).map_or(end, |place| end - WORD + place),
        _ => from + a.iter().zip(b).take_while(|(a, b)| a == b).count(),
    }
}

fn first_difference(a: &[u8; WORD], b: &[u8; WORD]) -> Option<usize> {
    // The first byte is the lowest one.
    let differing = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
    (differing != 0).then(|| differing.trailing_zeros() as usize / 8)
}

/// Eight bytes of the text as a number that compares as they do, filled with zeros after the end of
/// the text.
fn word(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    match (rest.first_chunk(), text.last_chunk()) {
        (Some(word), _) => u64::from_be_bytes(*word),
        // The last eight bytes, without those before `at`.
        (None, Some(word)) => {
            u64::from_be_bytes(*word).checked_shl(8 * (WORD - rest.len()) as u32).unwrap_or(0)
        }
        (None, None) => rest.iter().rev().fold(0, |word, &byte| word >> 8 | u64::from(byte) << 56),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop_oneof![8 => Just('a'), 1 => Just('b'), 1 => Just('\0')], 0..40)
            .prop_map(String::from_iter)
    }

    /// The byte of a text at this position, or zero after its end.
    fn byte(text: &str, place: usize) -> u8 {
        text.as_bytes().get(place).copied().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn two_texts_share_what_is_the_same_in_both(
            one in text(),
            other in text(),
            from in 0..40_usize,
            end in 0..40_usize,
        ) {
            let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            let from = from.min(shared);
            let end = end.clamp(from, one.len());
            prop_assert_eq!(
                shared_length(one.as_bytes(), other.as_bytes(), from, end),
                shared.min(end)
            );
        }

        #[test]
        fn texts_differ_first_at_the_places_that_make_a_key(
            texts in prop::collection::vec(text(), 1..5),
        ) {
            let declared: Vec<Declared> = texts
                .iter()
                .map(|text| Declared::new(text.clone().leak(), "app", "a.rs", 1, 1, |_| Ok(())))
                .collect();
            let items: Vec<u64> =
                (0..texts.len() as u32).map(|index| radix::item(0, index)).collect();
            let (places, count) = differing_places(&declared, &items, Part::Name, 0);
            let differing = (0..40).filter(|&place| {
                texts.iter().any(|text| byte(text, place) != byte(&texts[0], place))
            });
            let expected: Vec<usize> = differing.take(count.max(1)).collect();
            prop_assert_eq!(&places[..count], expected);
        }
    }
}
