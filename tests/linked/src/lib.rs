//! Only declares handlers: a program that wants them to run names this crate once, as in `use exitmacro_tests_linked as _;`.

use exitmacro::at_exit;

#[at_exit(priority = 1)]
fn linked_above_the_default() {
    println!("linked: above the default");
}

#[at_exit]
fn linked_with_the_default() {
    println!("linked: default");
}
