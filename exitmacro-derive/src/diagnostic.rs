//! Compile errors: several of them at once, and the known word that is nearest to a mistyped one.

use proc_macro2::Span;
use quote::ToTokens;
use std::fmt::Display;
use syn::{Error, Result};

/// Collects errors while parsing continues.
#[derive(Default)]
pub(crate) struct Problems(Option<Error>);

impl Problems {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// An error about the code in `tokens`.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, message: &str) {
        self.push(Error::new_spanned(tokens, message));
    }

    pub(crate) fn keep(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.push(error);
        }
    }

    pub(crate) fn none_or<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }

    /// The errors, in the order in which they were found.
    #[cfg(test)]
    pub(crate) fn errors(self) -> impl Iterator<Item = Error> {
        self.0.into_iter().flatten()
    }

    /// The messages of the errors, in the same order.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.errors().map(|error| error.to_string()).collect()
    }
}

/// An error with one message, as a result.
pub(crate) fn error<T>(span: Span, message: impl Display) -> Result<T> {
    Err(Error::new(span, message))
}

/// Both values, or the errors of both.
pub(crate) fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, Err(b)) => Err(joined(a.err(), b)),
        (Err(error), Ok(_)) => Err(error),
    }
}

/// `second` after `first`, if there is a first.
pub(crate) fn joined(first: Option<Error>, second: Error) -> Error {
    match first {
        Some(mut first) => {
            first.combine(second);
            first
        }
        None => second,
    }
}

/// The article in front of `word`, a keyword or the name of a macro.
pub(crate) fn article(word: &str) -> &'static str {
    // Of `u` there are only words such as `use` and `union`.
    if word.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

/// The end of a message about a word that is not one of `known`.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.len() == 1 => format!("expected `{}`", known[0]),
        None => format!("expected one of `{}`", known.join("`, `")),
    }
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let begins = |candidate: &&&str| word.len() > 1 && candidate.starts_with(word);
    let close = |candidate: &&&str| distance(word, candidate) <= candidate.len() / 3;
    known.iter().find(begins).or_else(|| known.iter().find(close)).copied()
}

/// How many letters must be added, removed or changed to make `a` from `b` (Levenshtein, one row at
/// a time).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.chars().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 3] = ["priority", "timeout", "name"];

    fn mistake<T>(message: &str) -> Result<T> {
        error(Span::call_site(), message)
    }

    #[test]
    fn article_goes_by_the_sound() {
        assert_eq!(["at_exit", "impl", "main", "union"].map(article), ["an", "an", "a", "a"]);
    }

    #[test]
    fn distance_counts_changes() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("timout", "timeout"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn beginning_of_a_word_is_recognised() {
        assert_eq!(nearest("prio", &WORDS), Some("priority"));
    }

    #[test]
    fn misspelt_word_is_recognised() {
        assert_eq!(nearest("tiemout", &WORDS), Some("timeout"));
        assert_eq!(nearest("nam", &WORDS), Some("name"));
        assert_eq!(nearest("priorities", &WORDS), None);
    }

    #[test]
    fn unrelated_word_is_not_recognised() {
        assert_eq!(nearest("when", &WORDS), None);
        assert_eq!(nearest("p", &WORDS), None);
    }

    #[test]
    fn errors_are_kept_in_order() {
        let mut problems = Problems::default();
        problems.at(&quote::quote!(x), "first");
        problems.keep(mistake("second"));
        assert_eq!(problems.messages(), ["first", "second"]);
    }

    #[test]
    fn both_reports_both_sides() {
        let failed = both::<(), ()>(mistake("left"), mistake("right")).unwrap_err();
        assert_eq!(failed.into_iter().count(), 2);
        assert_eq!(both(Ok(1), Ok(2)).unwrap(), (1, 2));
    }
}
