//! The value of `name`, which reports show.

use crate::args::expect;
use crate::diagnostic::error;
use syn::parse::ParseStream;
use syn::{LitStr, Result};

/// `unset` is what holds without it.
pub(crate) fn parse(input: ParseStream, unset: &str) -> Result<LitStr> {
    let literal: LitStr =
        expect(input, "`name` expects a text in quotes, such as \"close the database\"")?;
    let text = literal.value();
    if text.trim().is_empty() {
        return error(literal.span(), format!("empty `name`; leave it out to use {unset}"));
    }
    if text.contains(char::is_control) {
        return error(
            literal.span(),
            "control character in `name`; reports show it on one line, so write plain text",
        );
    }
    Ok(literal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn problem(text: &str) -> String {
        let parse = |input: ParseStream| parse(input, "the default");
        parse.parse_str(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn plain_text_passes() {
        assert_eq!(problem("\"close the database\""), "");
    }

    #[test]
    fn other_values_are_reported() {
        assert!(problem("close").starts_with("`name` expects a text in quotes"));
        assert!(problem("\"a\\nb\"").starts_with("control character in `name`"));
        assert_eq!(problem("\" \""), "empty `name`; leave it out to use the default");
    }
}
