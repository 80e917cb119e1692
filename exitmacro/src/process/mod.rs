//! How a process ends: each file is one way in, and all it does is call the run.

pub(crate) mod config;
mod duration;
mod ending;
mod errand;
pub(crate) mod exit;
pub(crate) mod fork;
pub(crate) mod hook;
pub(crate) mod main_fn;
#[cfg(feature = "async")]
pub(crate) mod main_future;
pub(crate) mod main_value;
mod panic;
#[cfg(feature = "signals")]
mod repeats;
pub(crate) mod settings;
pub mod shutdown;
#[cfg(feature = "signals")]
pub mod signals;
pub(crate) mod stock;

/// A value of `EXITMACRO_BUDGET`, for the fuzz targets.
#[cfg(fuzzing)]
pub(crate) fn parse_duration(text: &str) -> Option<core::time::Duration> {
    duration::parse(text)
}
