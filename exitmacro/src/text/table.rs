//! Tables: text in aligned columns.

use core::char::EscapeDefault;
use core::fmt;

/// How the text of a column is aligned.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// What stands for the character, if it must not be printed as it is, so that a text stays on its
/// line and does nothing to a terminal. What the crate prints of handlers goes through here, to
/// stderr and to tables.
pub(crate) fn escape(character: char) -> Option<EscapeDefault> {
    character.is_control().then(|| character.escape_default())
}

/// The text with its control characters escaped.
pub(crate) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for character in text.chars() {
        match escape(character) {
            None => cell.push(character),
            Some(escape) => cell.extend(escape),
        }
    }
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
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(Table.to_string(), " #  name       last\n 1  long name  x\n20  é          yy");
    }
}
