//! How a program registers handlers at run time, and takes them back.

#[cfg(feature = "async")]
mod async_function;
mod builder;
mod function;

pub use builder::Handler;
pub(crate) use function::{insert, insert_action};
pub use function::{register, unregister};
