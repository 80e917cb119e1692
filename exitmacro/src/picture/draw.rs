//! The elements of a picture: texts, rectangles and lines.

use crate::picture::escape::Xml;
use core::fmt::{self, Write};

/// A coordinate, to a tenth. std's formatting of floats is as large as a third of the pictures.
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Coordinates are far from where this would be cut.
        let tenths = (self.0 * 10.0).round() as i64;
        let sign = if tenths < 0 { "-" } else { "" };
        let tenths = tenths.unsigned_abs();
        match tenths % 10 {
            0 => write!(f, "{sign}{}", tenths / 10),
            tenth => write!(f, "{sign}{}.{tenth}", tenths / 10),
        }
    }
}

/// A text at that place, if it has a character.
pub(super) fn text(
    out: &mut dyn Write,
    attributes: &str,
    (x, y): (f64, f64),
    text: &str,
) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    write!(out, "<text{attributes} x=\"{}\" y=\"{}\">{}</text>", Px(x), Px(y), Xml(text))
}

/// A rectangle: its left end, its top, its width and its height.
pub(super) fn rectangle(
    out: &mut dyn Write,
    attributes: &str,
    [x, y, width, height]: [f64; 4],
) -> fmt::Result {
    write!(
        out,
        "<rect {attributes} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
        Px(x),
        Px(y),
        Px(width),
        Px(height)
    )
}

/// A path of that shape, in which each `#` stands for a number.
pub(super) fn path(out: &mut dyn Write, class: &str, shape: &str, numbers: &[f64]) -> fmt::Result {
    write!(out, "<path class=\"{class}\" d=\"")?;
    segments(out, shape, numbers)?;
    out.write_str("\"/>")
}

/// A part of a path.
pub(super) fn segments(out: &mut dyn Write, shape: &str, numbers: &[f64]) -> fmt::Result {
    let mut numbers = numbers.iter();
    for character in shape.chars() {
        match (character, numbers.as_slice()) {
            ('#', [number, ..]) => {
                write!(out, "{}", Px(*number))?;
                numbers.next();
            }
            _ => out.write_char(character)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_has_a_tenth_at_most() {
        let texts = [0.0, -0.04, 7.0, 12.25, 12.34, -3.96, 0.96].map(|x| Px(x).to_string());
        assert_eq!(texts, ["0", "0", "7", "12.3", "12.3", "-4", "1"]);
    }

    #[test]
    fn a_path_has_its_numbers_in_place() {
        let mut out = String::new();
        path(&mut out, "l", "M# #H#", &[1.0, 2.5, 3.0]).expect("a string takes all");
        assert_eq!(out, "<path class=\"l\" d=\"M1 2.5H3\"/>");
    }
}
