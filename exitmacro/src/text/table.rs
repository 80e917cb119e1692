//! Tables: text in aligned columns.

use core::fmt::{self, Write as _};

/// How the text of a column is aligned.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Calls `show` with each character of the text, in place of one that acts on the line with those
/// of its escape, so that a text stays on its line and does nothing to a terminal or to the rest of
/// the line. What the crate prints of handlers goes through here, to stderr and to tables.
pub(crate) fn show_each(text: &str, mut show: impl FnMut(char) -> fmt::Result) -> fmt::Result {
    // Without iterator adapters: in a debug build each of them is a call with a frame on what may
    // be a very small stack.
    for character in text.chars() {
        if character.is_control() || acts_on_line(character) {
            for escaped in character.escape_default() {
                show(escaped)?;
            }
        } else {
            show(character)?;
        }
    }
    Ok(())
}

/// Whether the character ends a line for some programs, or changes the direction in which the
/// characters after it are shown.
fn acts_on_line(character: char) -> bool {
    matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with the characters that act on the line escaped.
pub(crate) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    // A `String` takes every character.
    _ = show_each(text, |character| cell.write_char(character));
    cell
}

/// Writes `rows` under `titles`, with two blanks between the columns, and none after the last one.
pub(crate) fn write<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    titles: [(&str, Align); N],
    rows: &[[String; N]],
) -> fmt::Result {
    let widths = core::array::from_fn::<usize, N, _>(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([titles[column].0.chars().count()]).max().unwrap_or(0)
    });
    write_row(f, &titles.map(|(title, _)| title), &titles, &widths)?;
    for row in rows {
        f.write_str("\n")?;
        write_row(f, &row.each_ref().map(String::as_str), &titles, &widths)?;
    }
    Ok(())
}

fn write_row<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    row: &[&str; N],
    titles: &[(&str, Align); N],
    widths: &[usize; N],
) -> fmt::Result {
    for column in 0..N {
        let (cell, width) = (row[column], widths[column]);
        if column > 0 {
            f.write_str("  ")?;
        }
        match titles[column].1 {
            Align::Right => write!(f, "{cell:>width$}")?,
            Align::Left if column == N - 1 => f.write_str(cell)?,
            Align::Left => write!(f, "{cell:<width$}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table;

    impl fmt::Display for Table {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let rows =
                [["1", "long name", "x"], ["20", "é", "yy"]].map(|row| row.map(str::to_owned));
            write(f, [("#", Align::Right), ("name", Align::Left), ("last", Align::Left)], &rows)
        }
    }

    #[test]
    fn a_cell_stays_on_its_line() {
        assert_eq!(cell("disk\nfull\u{7f} é"), "disk\\nfull\\u{7f} é");
        assert_eq!(cell("one\u{2028}two\u{2029}"), "one\\u{2028}two\\u{2029}");
    }

    #[test]
    fn a_cell_does_not_turn_the_rest_of_the_line() {
        assert_eq!(
            cell("\u{202e}left\u{202c} \u{2066}x\u{2069}"),
            "\\u{202e}left\\u{202c} \\u{2066}x\\u{2069}"
        );
        // Text that is written from right to left, with the mark that belongs to it.
        assert_eq!(cell("שלום\u{200f}"), "שלום\u{200f}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(Table.to_string(), " #  name       last\n 1  long name  x\n20  é          yy");
    }
}
