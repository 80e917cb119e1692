//! How wide a text is at most, and a text that fits.

/// The width of a character of the labels, which have the same width each, as a part of their size.
/// The fixed-width fonts of today's systems have 0.55 to 0.602.
pub(super) const CELL: f64 = 0.605;

/// How many cells the text takes. A character that a fixed-width font may lack counts twice: it
/// comes from another font.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(cells_of).sum()
}

fn cells_of(character: char) -> usize {
    match u32::from(character) {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0..=0x52f | 0x2010..=0x2027 => 1,
        _ => 2,
    }
}

/// The end of the text that fits, behind an ellipsis: what distinguishes paths stands there.
pub(super) fn keep_end(text: &str, most: usize) -> String {
    if cells(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let kept = text.char_indices().rev().take_while(|&(_, character)| fits(&mut left, character));
    let start = kept.last().map_or(text.len(), |(start, _)| start);
    format!("…{}", &text[start..])
}

/// The beginning of the text that fits, before an ellipsis.
pub(super) fn keep_start(text: &str, most: usize) -> String {
    if cells(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let mut kept: String =
        text.chars().take_while(|&character| fits(&mut left, character)).collect();
    kept.push('…');
    kept
}

fn fits(left: &mut usize, character: char) -> bool {
    let rest = left.checked_sub(cells_of(character));
    *left = rest.unwrap_or(0);
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_it_says_least() {
        assert_eq!(keep_end("app::database::close", 12), "…base::close");
        assert_eq!(keep_start("the disk is full", 9), "the disk…");
        assert_eq!([keep_end("short", 5), keep_start("short", 5)], ["short", "short"]);
    }

    #[test]
    fn a_wide_character_is_not_cut_in_two() {
        assert_eq!(cells("a字e\u{301}"), 4);
        assert_eq!([keep_end("字字字", 4), keep_start("字字字", 4)], ["…字", "字…"]);
    }
}
