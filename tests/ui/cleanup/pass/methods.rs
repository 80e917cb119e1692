use exitmacro::{AtExitCleanup, CleanupError};
use std::io;

macro_rules! accepted {
    ($($name:ident: $result:ty = $value:expr;)*) => {$(
        #[derive(AtExitCleanup)]
        #[cleanup(with = close)]
        struct $name;

        impl $name {
            fn close(&self) -> $result {
                $value
            }
        }
    )*};
}

accepted! {
    Nothing: () = ();
    OfIo: io::Result<()> = Ok(());
    OfText: Result<(), String> = Ok(());
    OfStr: Result<(), &'static str> = Ok(());
    Boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Ok(());
    Ours: Result<(), CleanupError> = Ok(());
}

/// Its own methods have the names of methods of the trait.
#[derive(AtExitCleanup)]
#[cleanup(with = cleanup, discard = Self::discard)]
struct NamesOfTheTrait;

impl NamesOfTheTrait {
    fn cleanup(&self) {}

    fn discard(&self) {}
}

mod pool {
    pub fn close(_: &super::ByPath) -> Result<(), String> {
        Ok(())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = pool::close, discard = self::abandon)]
struct ByPath;

fn abandon(_: &ByPath) {}

trait Close {
    fn close(&self);
}

/// Of a trait, and with a parameter.
#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = Self::abandon::<u8>)]
struct OfTrait;

impl Close for OfTrait {
    fn close(&self) {}
}

impl OfTrait {
    fn abandon<T>(&self) {}
}

/// Functions that have the names of std's.
mod mem {
    pub fn drop(_: &super::OfNamesOfStd) {}

    pub fn forget(_: &super::OfNamesOfStd) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = self::mem::drop, discard = crate::mem::forget)]
struct OfNamesOfStd;

fn main() {
    for value in [
        &Nothing as &dyn AtExitCleanup,
        &OfIo,
        &OfText,
        &OfStr,
        &Boxed,
        &Ours,
        &ByPath,
        &OfTrait,
        &OfNamesOfStd,
    ] {
        assert!(value.cleanup().is_ok());
        value.discard();
    }
}
