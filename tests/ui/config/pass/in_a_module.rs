//! A program.

#![no_implicit_prelude]
#![forbid(unsafe_code, unused_qualifications, missing_docs)]

mod inner {
    ::exitmacro::config! { signals }
}

fn main() {}
