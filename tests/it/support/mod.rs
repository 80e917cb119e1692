//! What the tests share: starting a program, comparing what it leaves behind, building a crate as
//! its user would.

mod ended;
mod environment;
mod lines;
mod normalize;
mod on_terminal;
mod printed;
mod running;
mod scenario;
mod streams;
mod target;
mod user_crates;

pub(crate) use ended::Ended;
pub(crate) use environment::{is_whole_matrix, panics_abort, rounds};
pub(crate) use exitmacro_testing::{despite_load, open_terminal};
pub(crate) use lines::{
    BACKTRACE_NOTE, NOT_FLUSHED, OVER_BUDGET, PERHAPS_PARKED, TIMED_OUT, handler_line,
    panic_message,
};
pub(crate) use normalize::{normalized, without_line_numbers};
pub(crate) use on_terminal::{
    OnTerminal, Place, own_screen, own_terminal, own_terminal_in_background, without_times,
};
pub(crate) use running::Running;
pub(crate) use scenario::{Scenario, scenario};
pub(crate) use streams::{
    Ends, full_pipe, full_socket, full_terminal, set_nonblocking, stopped_terminal,
};
pub(crate) use target::{
    code_without_libc, parked, seen, seen_after, target, where_status_is_known,
    where_threads_are_shown,
};
pub(crate) use user_crates::{Build, Project, SingleFile};
