//! The line on the terminal that is rewritten in place while a run takes long.
//!
//! The cursor stays behind it. So each line of this crate begins by erasing it, and the next update
//! draws it again below. Without a lock: where a line is printed while an update is on its way, the
//! worst is that an empty line is erased once more.

use crate::sys;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Returns to the first column, and erases from there to the end of the line.
pub(super) const ERASE: &[u8; 4] = b"\r\x1b[K";

static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Whether the line is on the terminal. The calling thread is to erase it.
pub(super) fn take() -> bool {
    IS_SHOWN.load(Relaxed) && IS_SHOWN.swap(false, Relaxed)
}

/// Erases the line, if it is on the terminal.
#[inline]
pub(crate) fn erase() {
    if IS_SHOWN.load(Relaxed) {
        erase_now();
    }
}

#[cold]
#[inline(never)]
fn erase_now() {
    if take() {
        sys::draw(ERASE);
    }
}

/// Shows a text that begins with [`ERASE`] in place of the earlier one.
pub(super) fn draw(text: &[u8]) {
    // Both before and after: a line of another thread, which erases the text, may be printed just
    // before it.
    IS_SHOWN.store(true, Relaxed);
    IS_SHOWN.store(sys::draw(text), Relaxed);
}

/// Where a line has to be cut, and `…` to follow, to fit into so many columns.
///
/// From U+1000 on a character counts as two columns, as some of them are wide.
#[inline(never)]
pub(super) fn cut(text: &[u8], columns: usize) -> Option<usize> {
    const FIRST_WIDE: u8 = 0xe1;
    let (mut used, mut end) = (0, 0);
    for (place, &byte) in text.iter().enumerate() {
        let continues_character = byte & 0xc0 == 0x80;
        if continues_character || byte == b'\n' {
            continue;
        }
        if used < columns {
            end = place;
        }
        used += if byte < FIRST_WIDE { 1 } else { 2 };
        if used > columns {
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitted(text: &str, columns: usize) -> String {
        cut(text.as_bytes(), columns)
            .map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]))
    }

    #[test]
    fn a_text_stays_on_its_line() {
        for (text, columns, expected) in [
            ("12345", 5, "12345"),
            ("12345", 4, "123…"),
            ("12345", 1, "…"),
            ("äöüß", 4, "äöüß"),
            ("äöüßé", 4, "äöü…"),
            ("", 0, ""),
        ] {
            assert_eq!(fitted(text, columns), expected);
        }
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!(fitted("終了", 4), "終了");
        assert_eq!(fitted("終了", 3), "終…");
        assert_eq!(fitted("終了", 2), "…");
    }

    proptest! {
        #[test]
        fn whatever_is_written_keeps_to_the_columns(text in ".{0,60}", columns in 1..90_usize) {
            let width = |text: &str| {
                text.chars()
                    .map(|character| if character < '\u{1000}' { 1 } else { 2 })
                    .sum::<usize>()
            };
            match cut(text.as_bytes(), columns) {
                None => prop_assert!(width(&text) <= columns),
                Some(end) => {
                    prop_assert!(width(&text) > columns && width(&text[..end]) < columns);
                    // Not shorter than it has to be.
                    let next = text[end..].chars().next().map_or(0, char::len_utf8);
                    prop_assert!(width(&text[..end + next]) >= columns);
                }
            }
        }
    }
}
