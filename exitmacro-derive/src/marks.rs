//! Where mistakes are, for the unit tests: marked in the code, as in `priority = «"10"»`. What the
//! messages say is tested in `tests/ui`.

use crate::diagnostic::Problems;
use std::fmt::Write;
use std::ops::Range;
use syn::Result;
use syn::parse::{ParseStream, Parser};

/// Checks that `read` reports an error at every mark of `code`, and no other one. An error at the
/// end of the code has no token, and its mark `«»` is in front of the code.
#[track_caller]
pub(crate) fn check(code: &str, read: impl FnOnce(&str, &mut Problems)) {
    let text = code.replace(['«', '»'], "");
    let mut problems = Problems::default();
    read(&text, &mut problems);
    let errors: Vec<_> = problems.errors().collect();
    let places = errors.iter().map(|error| error.span().byte_range()).collect();
    assert_eq!(marked(&text, places), code, "{errors:?}");
}

/// `check`, of the value that `parse` reads.
#[track_caller]
pub(crate) fn check_value<T>(code: &str, parse: impl FnOnce(ParseStream) -> Result<T>) {
    check(code, |text, problems| problems.keep(parse.parse_str(text).map(drop)));
}

/// `text` with marks around each of `places`.
fn marked(text: &str, places: Vec<Range<usize>>) -> String {
    let mut code = String::new();
    let count = |test: &dyn Fn(&Range<usize>) -> bool| places.iter().filter(|at| test(at)).count();
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let closed = count(&|place| place.end == at && !place.is_empty());
        let empty = count(&|place| place.start == at && place.is_empty());
        let opened = count(&|place| place.start == at && !place.is_empty());
        let (closed, empty, opened) = ("»".repeat(closed), "«»".repeat(empty), "«".repeat(opened));
        write!(code, "{closed}{empty}{opened}{letter}").expect("a string can be written to");
    }
    code.pop();
    code
}
