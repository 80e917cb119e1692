#![allow(dead_code, non_camel_case_types, non_upper_case_globals, unused_macros)]

use exitmacro::at_exit;

mod core {}
mod std {}
mod linkme {}
struct i32;
struct Declared;
struct Duration;
static exit: u8 = 0;
fn returned() {}
macro_rules! line {
    () => {
        compile_error!("the user's")
    };
}

#[at_exit(priority = 1, timeout = "5s", thread = caller)]
fn plain() {}

#[at_exit]
fn with_context(_exit: &exitmacro::ExitContext) {}

mod own {
    pub struct AtExitCell<T>(pub T);

    impl<T: Send + Sync> exitmacro::AtExitCleanup for AtExitCell<T> {
        fn cleanup(&self) -> Result<(), exitmacro::CleanupError> {
            Ok(())
        }
    }
}

#[at_exit]
static CELL: own::AtExitCell<u8> = own::AtExitCell(0);

fn main() {}
