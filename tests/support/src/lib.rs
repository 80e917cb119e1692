//! What the tests of this workspace share: the same surroundings for every program that they start,
//! a limit on its time, and a line about every test that lacks a tool.
//!
//! A test program calls [`isolate!`] once, in its root file. It starts programs by commands that it
//! passed to [`prepare`], or by [`output`], which does that itself.

mod builds;
mod deadline;
mod despite_load;
mod left_out;
#[cfg(unix)]
mod on_pty;
mod output;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod running;
mod surroundings;
mod test_child;

pub use builds::{BUILD_LIMIT, cargo_of_this_build, test_program, without_flags_of_outer_build};
pub use deadline::Deadline;
pub use despite_load::{despite_load, note_end};
pub use left_out::{has_program, left_out};
#[cfg(unix)]
pub use on_pty::{OnPty, Shown};
pub use output::{LIMIT, output, output_within, wait_until};
#[cfg(unix)]
pub use pty::{belong_to_terminal, open_terminal, shown_on};
#[cfg(unix)]
pub use running::{Ended, Running, send};
pub use surroundings::prepare;
#[doc(hidden)]
pub use surroundings::{isolate, isolate_files};
pub use test_child::TestChild;
