//! Declares handlers of one priority in several files and crates, all functions of the same name.

// The test needs two modules from one file.
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
