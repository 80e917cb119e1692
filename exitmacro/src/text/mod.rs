//! Text for people: durations, counts and tables.

pub(crate) mod count;
pub(crate) mod duration;
pub(crate) mod table;
