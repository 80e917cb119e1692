//! Names and messages as each format takes them, whatever characters they have.

use crate::text::table::show_each;
use core::fmt::{self, Write as _};

/// What stands for a name without a character.
const EMPTY: &str = "(no name)";

/// A name that can be seen.
pub(super) fn visible(name: &str) -> &str {
    if name.is_empty() { EMPTY } else { name }
}

/// Writes each character by `write`; control characters are visible before.
fn each(
    text: &str,
    f: &mut fmt::Formatter<'_>,
    write: impl Fn(char, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    show_each(text, |character| write(character, f))
}

/// Text and attributes of XML.
pub(super) struct Xml<'a>(pub(super) &'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each(self.0, f, |character, f| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            // No document may contain these.
            '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}'),
            _ => f.write_char(character),
        })
    }
}

/// The inside of a string of JSON. Control characters stay what they are.
pub(super) struct Json<'a>(pub(super) &'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '"' => f.write_str("\\\""),
            '\\' => f.write_str("\\\\"),
            _ if character.is_control() => write!(f, "\\u{:04x}", u32::from(character)),
            _ => f.write_char(character),
        })
    }
}

/// The inside of a quoted label of DOT, where a backslash and `&` have meanings.
pub(super) struct Dot<'a>(pub(super) &'a str);

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each(self.0, f, |character, f| match character {
            '"' => f.write_str("\\\""),
            '\\' => f.write_str("\\\\"),
            '&' => f.write_str("&amp;"),
            _ => f.write_char(character),
        })
    }
}

/// The inside of a quoted label of Mermaid: ASCII with a meaning in Mermaid, Markdown or HTML is
/// written by its number.
pub(super) struct Mermaid<'a>(pub(super) &'a str);

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each(self.0, f, |character, f| match character {
            ' ' | ':' | '.' | ',' | '(' | ')' | '-' | '/' => f.write_char(character),
            _ if !character.is_ascii() || character.is_ascii_alphanumeric() => {
                f.write_char(character)
            }
            _ => write!(f, "#{};", u32::from(character)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HARD: &str = "a<b>&\"'`\\\n#;字\u{7}";

    #[test]
    fn each_format_gets_what_it_can_read() {
        assert_eq!(Xml(HARD).to_string(), "a&lt;b&gt;&amp;&quot;&#39;`\\\\n#;字\\u{7}");
        assert_eq!(Json(HARD).to_string(), r#"a<b>&\"'`\\\u000a#;字\u0007"#);
        assert_eq!(Dot(HARD).to_string(), r#"a<b>&amp;\"'`\\\\n#;字\\u{7}"#);
        assert_eq!(
            Mermaid(HARD).to_string(),
            "a#60;b#62;#38;#34;#39;#96;#92;#92;n#35;#59;字#92;u#123;7#125;"
        );
    }

    #[test]
    fn what_no_xml_may_contain_is_replaced() {
        assert_eq!(Xml("a\u{ffff}b\0").to_string(), "a\u{fffd}b\\u{0}");
    }

    #[test]
    fn a_name_without_a_character_can_be_seen() {
        assert_eq!([visible(""), visible("a")], ["(no name)", "a"]);
    }
}
