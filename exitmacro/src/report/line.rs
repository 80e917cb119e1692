//! One line on stderr, the only output of this crate.
//!
//! The line is built in a buffer and written by a system call, because `eprintln!` panics on a
//! closed stderr. If memory has run out, a static buffer is used. Control characters of the text
//! are escaped, so that each event is one line.

use crate::report::HandlerReport;
use crate::report::screen::{self, ERASE};
use crate::report::words::{End, outcome_words};
use crate::sys::{self, Locked};
use crate::text::duration::Size;
use crate::text::table::show_each;
use core::fmt::{self, Write};
use core::time::Duration;
use std::sync::Mutex;

/// The longest line, in bytes: a pipe takes so much in one piece, so that lines of several threads
/// never mix.
const LONGEST: usize = 4096;

/// The end of a line that is too long.
const CUT: &str = "…\n";

/// The size of the buffer when there is neither memory nor [`SPARE`].
const SHORTEST: usize = 256;

/// The buffer for when memory has run out. A line that has it is printed soon: no code of the user
/// runs in between.
static SPARE: Mutex<[u8; WITH_ERASE]> = Mutex::new([0; WITH_ERASE]);

/// The size of a buffer for the longest line. What erases the line that is rewritten in place
/// stands before each line, and is written with it where there is one.
const WITH_ERASE: usize = ERASE.len() + LONGEST;

/// A buffer for one line. Not an array in place: the exiting thread may have a very small stack,
/// and several lines at a time.
pub(crate) struct Line {
    text: Text,
    length: usize,
    is_cut: bool,
    /// What the line is about, when that is put into words only as it is printed: formatting takes
    /// 2 KiB of stack in a debug build, and the smallest stack has them once the functions that
    /// know the outcome have returned.
    outcome: Option<(HandlerReport, End)>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "the large one is for when there is no memory to put it in"
)]
enum Text {
    None,
    Heap(Vec<u8>),
    Spare(Locked<[u8; WITH_ERASE]>),
    Short([u8; ERASE.len() + SHORTEST]),
}

impl Text {
    /// Never fails, and never waits.
    fn new() -> Self {
        let mut heap = Vec::new();
        if heap.try_reserve_exact(WITH_ERASE).is_ok() {
            heap.resize(WITH_ERASE, 0);
            return Self::Heap(heap);
        }
        Self::without_memory()
    }

    fn without_memory() -> Self {
        match sys::if_free(SPARE.try_lock()) {
            Some(spare) => Self::Spare(Locked::new(spare)),
            None => Self::Short([0; ERASE.len() + SHORTEST]),
        }
    }

    #[inline(never)]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Heap(bytes) => bytes,
            Self::Spare(bytes) => &**bytes,
            Self::Short(bytes) => bytes,
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::None => &mut [],
            Self::Heap(bytes) => bytes,
            Self::Spare(bytes) => &mut **bytes,
            Self::Short(bytes) => bytes,
        }
    }
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { text: Text::None, length: 0, is_cut: false, outcome: None }
    }

    /// A line that allocates nothing.
    #[cfg(any(feature = "signals", target_os = "linux", target_os = "android"))]
    pub(crate) fn without_memory() -> Self {
        Self { text: Text::without_memory(), length: 0, is_cut: false, outcome: None }
    }

    /// Makes this the text of the line. To be printed when no lock is held.
    #[inline(never)]
    pub(crate) fn set(&mut self, text: fmt::Arguments<'_>) {
        self.start();
        self.is_cut |= self.write_fmt(text).is_err();
        self.end();
    }

    /// Starts a line of several parts, which [`push`](Self::push) adds, and [`end`](Self::end)
    /// ends. That takes less code than a text with arguments.
    #[inline(never)]
    pub(crate) fn start(&mut self) {
        if matches!(self.text, Text::None) {
            self.text = Text::new();
        }
        (self.length, self.is_cut) = (ERASE.len(), false);
        self.push("exitmacro: ");
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, part: &str) -> &mut Self {
        self.is_cut |= self.write_text(part).is_err();
        self
    }

    #[inline(never)]
    pub(crate) fn push_number(&mut self, number: u64) -> &mut Self {
        self.is_cut |= write!(self, "{number}").is_err();
        self
    }

    /// A duration that was given, not measured.
    #[inline(never)]
    pub(crate) fn push_size(&mut self, duration: Duration) -> &mut Self {
        self.is_cut |= write!(self, "{}", Size(duration)).is_err();
        self
    }

    #[inline(never)]
    pub(crate) fn end(&mut self) {
        self.append(if self.is_cut { CUT } else { "\n" });
    }

    /// Makes this the line about the outcome of a handler. To be printed when no lock is held.
    pub(crate) fn set_outcome(&mut self, handler: HandlerReport, end: End) {
        self.outcome = Some((handler, end));
    }

    /// Formats the outcome, if the line is about one.
    fn word(&mut self) {
        if let Some((handler, end)) = self.outcome.take() {
            self.start();
            self.is_cut |= outcome_words(&handler, end, self).is_err();
            self.end();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0 && self.outcome.is_none()
    }

    /// Prints the line, if there is one, and forgets it.
    #[inline(never)]
    pub(crate) fn print(&mut self) {
        self.word();
        if !self.is_empty() {
            sys::write_stderr(self.printed());
            self.length = 0;
            if !matches!(self.text, Text::Heap(_)) {
                self.text = Text::None;
            }
        }
    }

    /// Prints the line from a signal handler, after which the process ends.
    #[cfg(any(feature = "signals", target_os = "linux", target_os = "android"))]
    pub(crate) fn print_in_signal_handler(&mut self) {
        sys::write_stderr_in_signal_handler(self.printed());
    }

    /// Cuts the line to so many columns of a terminal; `false` where it has no more.
    #[inline(never)]
    pub(crate) fn cut_to(&mut self, columns: usize) -> bool {
        let Some(text) = self.text.bytes().get(ERASE.len()..self.length) else { return false };
        let Some(end) = screen::cut(text, columns) else { return false };
        self.length = ERASE.len() + end;
        self.append(CUT);
        true
    }

    /// Draws the line on the terminal in place of the one that was drawn before, and forgets it. An
    /// empty one only erases that.
    #[inline(never)]
    pub(crate) fn draw(&mut self) {
        self.put_erase();
        // Without the line end.
        match self.text.bytes().get(..self.length.saturating_sub(1)) {
            Some(text @ [_, ..]) => screen::draw(text),
            _ => screen::erase(),
        }
        self.length = 0;
    }

    /// The line, and what erases the one that is rewritten in place, where the terminal has it.
    fn printed(&mut self) -> &[u8] {
        let mut start = ERASE.len();
        if screen::take() {
            self.put_erase();
            start = 0;
        }
        self.text.bytes().get(start..self.length).unwrap_or_default()
    }

    #[cold]
    fn put_erase(&mut self) {
        if let Some(place) = self.text.bytes_mut().first_chunk_mut() {
            *place = *ERASE;
        }
    }

    #[cfg(test)]
    fn as_bytes(&self) -> &[u8] {
        self.text.bytes().get(ERASE.len()..self.length).unwrap_or_default()
    }

    #[inline(never)]
    fn append(&mut self, text: &str) {
        let end = self.length + text.len();
        let Some(room) = self.text.bytes_mut().get_mut(self.length..end) else { return };
        for (to, &from) in room.iter_mut().zip(text.as_bytes()) {
            *to = from;
        }
        self.length = end;
    }

    /// Not a method of a trait, which other crates may call, so that this crate reaches it by an
    /// address that the loader writes.
    #[inline(never)]
    fn write_text(&mut self, text: &str) -> fmt::Result {
        show_each(text, |character| self.append_if_it_fits(character))
    }

    #[inline(never)]
    fn append_if_it_fits(&mut self, character: char) -> fmt::Result {
        let mut text = [0; 4];
        let text = character.encode_utf8(&mut text);
        if text.len() > self.text.bytes().len() - CUT.len() - self.length {
            return Err(fmt::Error);
        }
        self.append(text);
        Ok(())
    }
}

#[cfg(test)]
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((handler, end)) = &self.outcome {
            let mut worded = Self::new();
            worded.set_outcome(handler.clone(), *end);
            worded.word();
            return worded.fmt(f);
        }
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_text(text)
    }
}

/// Prints one line with the prefix `exitmacro: `.
#[cold]
pub(crate) fn say(text: fmt::Arguments<'_>) {
    let mut line = Line::new();
    line.set(text);
    line.print();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut line = Line::new();
        line.set(format_args!("{text}"));
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn one_event_is_one_line() {
        assert_eq!(line("a\nb\tc\u{7f}"), "exitmacro: a\\nb\\tc\\u{7f}\n");
    }

    #[test]
    fn a_line_has_the_text_that_was_set_last() {
        let mut line = Line::new();
        line.set(format_args!("the first one"));
        line.set(format_args!("the other one"));
        assert_eq!(line.to_string(), "exitmacro: the other one\n");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = line(&"ü".repeat(LONGEST));
        assert!(long.len() > LONGEST - 4 && long.len() <= LONGEST);
        assert!(long.ends_with("ü…\n"));
    }

    #[test]
    fn without_memory_there_is_one_buffer_and_then_a_short_one() {
        let cut = |mut line: Line| {
            line.set(format_args!("{}", "x".repeat(LONGEST)));
            line.as_bytes().len()
        };
        let spare = Locked::new(SPARE.lock().unwrap());
        assert_eq!(cut(Line { text: Text::Spare(spare), ..Line::new() }), LONGEST);
        let short = Text::Short([0; ERASE.len() + SHORTEST]);
        assert_eq!(cut(Line { text: short, ..Line::new() }), SHORTEST);
    }

    #[test]
    fn a_text_that_just_fits_is_not_cut() {
        let room = LONGEST - CUT.len() - "exitmacro: ".len();
        assert!(line(&"x".repeat(room)).ends_with("x\n"));
        assert!(line(&"x".repeat(room + 1)).ends_with("x…\n"));
    }
}
