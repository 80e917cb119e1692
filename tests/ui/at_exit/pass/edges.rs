//! Paths of every kind, in both directions.

use exitmacro::{AtExitCleanup, CleanupError, at_exit};
use std::sync::OnceLock;

mod pool {
    use super::*;

    pub struct Pool<T>(T);

    impl<T: Send + Sync> AtExitCleanup for Pool<T> {
        fn cleanup(&self) -> Result<(), CleanupError> {
            Ok(())
        }
    }

    #[at_exit(before(super::flush), after(self::accept,))]
    pub fn drain() {}

    #[at_exit]
    pub(super) fn accept() {}

    pub(crate) mod inner {
        #[exitmacro::at_exit(after(super::super::flush, crate::pool::drain))]
        pub(in crate::pool) fn close() {}

        pub use super::drain;
    }

    #[at_exit(after(inner::close))]
    fn last() {}
}

use pool::drain as stop;
use pool::inner::drain as again;
use pool::*;

#[at_exit(after(stop, again, accept, drain))]
fn flush() {}

// The run finds the cycle, and says it.
#[at_exit(after(second))]
fn first() {}

#[at_exit(after(first))]
fn second() {}

#[at_exit(after(flush), before(Pool<u8>, pool::Pool<Vec<String>>, OnceLock<Pool<&'static str>>))]
static POOL: OnceLock<Pool<u8>> = OnceLock::new();

#[at_exit(after(POOL))]
fn r#type() {}

#[at_exit(after(r#type))]
fn log() {}

macro_rules! chain {
    ($first:ident) => {};
    ($first:ident $second:ident $($rest:ident)*) => {
        #[at_exit(after($first))]
        fn $second() {}

        chain! { $second $($rest)* }
    };
}

chain! { log log2 log3 log4 }

macro_rules! behind {
    ($path:path, $ty:ty, $name:ident) => {
        #[at_exit(after($path, $ty, $crate::flush))]
        fn $name() {}
    };
}

behind! { pool::drain, Pool<u8>, behind_all }

fn generic<T>(_value: T) {
    #[at_exit(before(inner))]
    fn flush() {}

    #[at_exit]
    fn inner() {}

    {
        #[at_exit(after(flush, self::flush))]
        fn inner() {}
    }
}

fn main() {
    generic(());
}
