//! Threads that read what a child prints, until no process has its pipe open any more.

use crate::fork::own_thread::OwnThread;
use crate::resource::cleanup::CleanupError;
use crate::resource::doer::why_not_joined;
use crate::resource::parts;
use crate::run::{Looks, panic_text};
use core::time::Duration;
use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A longer line comes in pieces, so that a child cannot use up the memory of its parent.
const LONGEST_LINE: u64 = 64 * 1024;

/// The pipes of a child that are read.
#[derive(Debug, Default)]
pub(super) struct Outputs(Mutex<Vec<Output>>);

#[derive(Debug)]
struct Output {
    stream: &'static str,
    /// Returns the text of a panic of the receiver.
    thread: OwnThread<Option<String>>,
}

impl Outputs {
    /// Starts to read a pipe.
    pub(super) fn read(
        &self,
        stream: &'static str,
        pipe: impl Read + Send + 'static,
        receiver: impl FnMut(&str) + Send + 'static,
    ) -> io::Result<()> {
        let thread = thread::Builder::new()
            .name(format!("child-{stream}"))
            .spawn(move || read_lines(BufReader::new(pipe), receiver))?;
        let output = Output { stream, thread: OwnThread::new(thread) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(output);
        Ok(())
    }

    /// Waits until all pipes are read to their ends, which come when the child and its descendants
    /// have ended, or until it is late: a process that left the group may have one open.
    pub(super) fn finish(&self, is_late: &dyn Fn() -> bool) -> Result<(), CleanupError> {
        let outputs = core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        parts::close_each(outputs, |output| output.finish(is_late))
    }
}

impl Output {
    fn finish(self, is_late: &dyn Fn() -> bool) -> Result<(), CleanupError> {
        let Self { stream, thread } = self;
        if !thread.is_here() {
            return Ok(());
        }
        let mut looks = Looks::new();
        while !thread.is_finished() {
            if let Some(who) = why_not_joined(&thread, &mut looks)
                && !thread.is_finished()
            {
                return Err(format!("its {stream} is not read to the end by {who}").into());
            }
            if is_late() {
                return Err(format!(
                    "its {stream} was not read to the end: \
                     another process has it open, or the receiver of its lines takes too long"
                )
                .into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        match thread.into_handle().join() {
            Ok(Some(text)) => {
                Err(format!("the receiver of the lines of its {stream} panicked: {text}").into())
            }
            _ => Ok(()),
        }
    }
}

/// Reads to the end, also when the receiver has panicked: a child must not block on a full pipe.
fn read_lines(mut pipe: impl BufRead, mut receiver: impl FnMut(&str)) -> Option<String> {
    let (mut line, mut panic, mut is_rest) = (Vec::new(), None, false);
    loop {
        let room = LONGEST_LINE - line.len() as u64;
        let read = pipe.by_ref().take(room).read_until(b'\n', &mut line);
        // A read error ends the output like its end, before which a character may be incomplete.
        if !matches!(read, Ok(1..)) && line.is_empty() {
            return panic;
        }
        let is_piece = line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n");
        let rest = line.split_off(if is_piece { end_of_characters(&line) } else { line.len() });
        // A line that is as long as a piece has come already.
        if panic.is_none() && !(is_rest && line == b"\n") {
            let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line));
            panic = catch_unwind(AssertUnwindSafe(|| receiver(&text))).err().map(|payload| {
                let text = panic_text(&*payload).to_string();
                // Not dropped: it could panic in turn.
                core::mem::forget(payload);
                text
            });
        }
        (line, is_rest) = (rest, is_piece);
    }
}

/// Where the last character ends that is complete.
fn end_of_characters(text: &[u8]) -> usize {
    let first_byte = text.iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80);
    first_byte
        .map(|behind| text.len() - 1 - behind)
        .filter(|&first| text[first].leading_ones() as usize > text.len() - first)
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        assert_eq!(read_lines(text, |line| lines.push(line.to_owned())), None);
        lines
    }

    #[test]
    fn the_last_line_needs_no_line_feed() {
        assert_eq!(lines_of(b"one\n\ntwo\r\nthree"), ["one", "", "two\r", "three"]);
        assert!(lines_of(b"").is_empty());
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        assert_eq!(lines_of(b"a\xffb\n"), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let lengths = |length| lines_of(&vec![b'a'; length]).iter().map(String::len).collect();
        let piece = LONGEST_LINE as usize;
        let found: Vec<usize> = lengths(2 * piece + 1);
        assert_eq!(found, [piece, piece, 1]);
    }

    #[test]
    fn pieces_end_between_characters() {
        for character in ["\u{e9}", "\u{20ac}", "\u{1f600}"] {
            for before in 0..4 {
                let text = "a".repeat(before) + &character.repeat(40_000);
                let lines = lines_of(text.as_bytes());
                assert!(lines.len() > 1 && lines.concat() == text, "{before} before {character}");
            }
        }
        let longest = "a".repeat(LONGEST_LINE as usize - 1);
        let cut = [longest.as_bytes(), b"\xe2\x82"].concat();
        assert_eq!(lines_of(&cut).concat(), longest.clone() + "\u{fffd}");
        let invalid = [longest.as_bytes(), b"\x80\x80\x80\x80b"].concat();
        assert_eq!(lines_of(&invalid).concat(), longest + &"\u{fffd}".repeat(4) + "b");
    }

    #[test]
    fn a_line_as_long_as_a_piece_is_one() {
        let longest = "a".repeat(LONGEST_LINE as usize);
        let text = format!("{longest}\n\n{longest}\nb\n");
        assert_eq!(lines_of(text.as_bytes()), [&longest, "", &longest, "b"]);
    }

    #[test]
    fn all_is_read_when_the_receiver_panics() {
        let mut pipe = &b"one\ntwo\nthree\n"[..];
        let mut count = 0;
        let panic = read_lines(&mut pipe, |line| {
            count += 1;
            assert_ne!(line, "two", "not this one");
        });
        assert!(panic.is_some_and(|text| text.contains("not this one")));
        assert_eq!((count, pipe), (2, &b""[..]));
    }
}
