//! The report and the plan as pictures: text that other programs draw. Nothing here opens a file.

mod axis;
mod dot;
mod draw;
mod escape;
mod label;
mod layout;
mod levels;
mod longest;
mod mermaid;
mod rows;
mod sort;
pub(crate) mod svg;
mod svg_parts;
mod svg_rows;
pub(crate) mod trace;

use core::fmt::{self, Write};

/// What `write` writes.
fn written(write: impl FnOnce(&mut dyn Write) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    _ = write(&mut text);
    text
}

#[cfg(test)]
mod graph_tests;
#[cfg(test)]
mod picture_tests;
