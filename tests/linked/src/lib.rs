//! Only declares handlers. A program that wants them to run names this crate once, as in `use
//! exitmacro_tests_linked as _;`.

use exitmacro::at_exit;

pub use linked_with_the_default as linked_by_another_name;

/// A handler that other crates wait for.
#[at_exit(priority = 1)]
pub fn linked_above_the_default() {
    println!("linked: above the default");
}

/// A handler that other crates run before.
#[at_exit]
pub fn linked_with_the_default() {
    println!("linked: default");
}

/// Declares a handler between those of this crate, for a program that does not name them.
#[macro_export]
macro_rules! between_linked_handlers {
    ($name:ident, $text:literal) => {
        #[exitmacro::at_exit(
            after($crate::linked_above_the_default),
            before($crate::linked_by_another_name)
        )]
        fn $name() {
            println!($text);
        }
    };
}
