//! The report and the plan as pictures: text that other programs draw. Pure: nothing here opens a
//! file or asks the system.

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

#[cfg(test)]
mod graph_tests;
#[cfg(test)]
mod picture_tests;
