//! One line on stderr, the only way this crate speaks.
//!
//! Built in place and written raw: `eprintln!` panics on a closed stderr, and memory may have run out. Control characters of the text are escaped, so that one
//! event stays one line.

use crate::sys;
use core::fmt::{self, Write};

/// The longest line, in bytes: what a pipe takes in one piece, so that lines of several threads never mix.
const LONGEST: usize = 4096;

/// What a line that is too long ends with.
const CUT: &str = "…\n";

pub(crate) struct Line {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Line {
    pub(crate) fn new(text: fmt::Arguments<'_>) -> Self {
        let mut line = Self { bytes: [0; LONGEST], length: 0 };
        let ending = match line.write_str("exitmacro: ").and_then(|()| line.write_fmt(text)) {
            Ok(()) => "\n",
            Err(fmt::Error) => CUT,
        };
        line.append(ending);
        line
    }

    pub(crate) fn print(&self) {
        sys::write_stderr(self.as_bytes());
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn append(&mut self, text: &str) {
        self.bytes[self.length..self.length + text.len()].copy_from_slice(text.as_bytes());
        self.length += text.len();
    }

    fn append_if_it_fits(&mut self, text: &str) -> fmt::Result {
        if text.len() > LONGEST - CUT.len() - self.length {
            return Err(fmt::Error);
        }
        self.append(text);
        Ok(())
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| {
            if character.is_control() {
                character.escape_default().try_for_each(|part| self.append_if_it_fits(part.encode_utf8(&mut [0; 4])))
            } else {
                self.append_if_it_fits(character.encode_utf8(&mut [0; 4]))
            }
        })
    }
}

/// Prints one line with the prefix `exitmacro: `.
macro_rules! say {
    ($($text:tt)*) => { $crate::run::line::Line::new(format_args!($($text)*)).print() };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        String::from_utf8(Line::new(format_args!("{text}")).as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn one_event_is_one_line() {
        assert_eq!(line("a\nb\tc\u{7f}"), "exitmacro: a\\nb\\tc\\u{7f}\n");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = line(&"ü".repeat(LONGEST));
        assert!(long.len() > LONGEST - 4 && long.len() <= LONGEST);
        assert!(long.ends_with("ü…\n"));
    }

    #[test]
    fn a_text_that_just_fits_is_not_cut() {
        let room = LONGEST - CUT.len() - "exitmacro: ".len();
        assert!(line(&"x".repeat(room)).ends_with("x\n"));
        assert!(line(&"x".repeat(room + 1)).ends_with("x…\n"));
    }
}
