//! Markdown tables, and how numbers look in them.

use super::figure::Figure;
use core::fmt;

pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(titles: [&str; N]) -> Self {
        Self { rows: vec![titles.map(str::to_owned).to_vec()] }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows[0].len();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(2)
            })
            .collect();
        for (number, row) in self.rows.iter().enumerate() {
            f.write_str("|")?;
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, " {cell:<width$} |")?
                } else {
                    write!(f, " {cell:>width$} |")?
                }
            }
            f.write_str("\n")?;
            if number == 0 {
                f.write_str("|")?;
                for (column, &width) in widths.iter().enumerate() {
                    if column == 0 {
                        write!(f, "{:-<1$}|", "", width + 2)?
                    } else {
                        write!(f, "{:-<1$}:|", "", width + 1)?
                    }
                }
                f.write_str("\n")?;
            }
        }
        Ok(())
    }
}

/// A whole number with separators: `12,345`.
pub(super) fn whole(number: f64) -> String {
    let number = number.round() as i64;
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with as many digits as make sense.
pub(super) fn short(number: f64) -> String {
    if number.abs() < 10.0 { format!("{number:.1}") } else { whole(number) }
}

pub(super) fn ratio(number: f64) -> String {
    if number.abs() < 10.0 { format!("{number:.2} ×") } else { format!("{} ×", whole(number)) }
}

pub(super) fn shown(figure: Figure, show: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|missing| missing.to_string(), show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        assert_eq!(whole(0.0), "0");
        assert_eq!(whole(999.4), "999");
        assert_eq!(whole(1000.0), "1,000");
        assert_eq!(whole(-1_234_567.0), "−1,234,567");
    }

    #[test]
    fn small_numbers_have_a_decimal() {
        assert_eq!(short(9.94), "9.9");
        assert_eq!(short(21.3), "21");
        assert_eq!(ratio(1.456), "1.46 ×");
        assert_eq!(ratio(250.2), "250 ×");
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["peer", "ns"]);
        table.row(["a".to_owned(), "1,000".to_owned()]);
        assert_eq!(table.to_string(), "| peer |    ns |\n|------|------:|\n| a    | 1,000 |\n");
    }
}
