//! Declares handlers of one priority in several files and crates, all functions of one name.

// Two modules from one file are what this is about.
#![allow(clippy::duplicate_mod)]

mod a_file;
mod b_file;
#[path = "mounted.rs"]
mod left;
#[path = "mounted.rs"]
mod right;

use exitmacro_tests_linked as _;

#[exitmacro::at_exit]
fn close() {
    println!("{}", module_path!());
}

fn main() {
    for handler in exitmacro::plan().handlers() {
        println!("planned: {}", handler.name());
    }
}
