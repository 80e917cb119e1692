//! Two modules of the program come from this file.

#[exitmacro::at_exit]
fn first() {
    println!("{}, first", module_path!());
}

#[exitmacro::at_exit]
fn second() {
    println!("{}, second", module_path!());
}
