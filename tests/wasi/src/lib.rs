//! A library of which the programs use one name. Its handlers must run all the same.

#![forbid(unsafe_code, warnings)]

mod unused;

/// The name that programs use.
pub fn used() -> &'static str {
    "the library is used"
}
