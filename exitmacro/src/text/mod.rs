//! Text for people: durations and tables.

pub(crate) mod duration;
pub(crate) mod table;
