//! Paths of files in `/proc`.

use core::ffi::c_char;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path with a number in it. In a place of its own: what formats texts into memory that it
/// allocates takes nine addresses, which the loader would write in every program with handlers.
pub(super) struct ProcPath {
    text: [u8; SIZE],
    length: usize,
}

/// More than the longest path has, with a zero at the end.
const SIZE: usize = 48;

impl ProcPath {
    #[inline(never)]
    pub(super) fn new(before: &str, number: u32, after: &str) -> Self {
        let mut path = Self { text: [0; SIZE], length: 0 };
        path.push(before);
        let mut unit = 1_000_000_000;
        while unit > number.max(1) {
            unit /= 10;
        }
        while unit > 0 {
            path.push_byte(b'0' + (number / unit % 10) as u8);
            unit /= 10;
        }
        path.push(after);
        path
    }

    fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            self.push_byte(byte);
        }
    }

    fn push_byte(&mut self, byte: u8) {
        // The last place stays zero.
        if let Some(place) = self.text[..SIZE - 1].get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    /// The path as a C string.
    pub(super) fn as_ptr(&self) -> *const c_char {
        self.text.as_ptr().cast()
    }
}

impl AsRef<Path> for ProcPath {
    fn as_ref(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.text.get(..self.length).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_digits_of_its_number() {
        for number in [0, 1, 9, 10, 4_194_304, u32::MAX] {
            let path = ProcPath::new("/proc/self/task/", number, "/syscall");
            let expected = format!("/proc/self/task/{number}/syscall");
            assert_eq!(path.as_ref(), Path::new(&expected));
        }
    }
}
