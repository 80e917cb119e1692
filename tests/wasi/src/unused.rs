//! No other module names this one.

use exitmacro::at_exit;

#[at_exit(priority = 7)]
fn of_unused_module() {
    println!("of a module of the library that nothing names");
}
