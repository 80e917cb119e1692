//! The procedural macros of `exitmacro`. Not for direct use: depend on `exitmacro`, which re-exports them.
//!
//! A macro is a pipeline: `args` and `item` parse into a model, `emit` writes the code from it. What goes wrong on the way is collected, so that
//! `fallback` reports all of it at once.

#![deny(unsafe_code)]

mod args;
mod at_exit;
mod cfg;
mod diagnostic;
mod duration;
mod emit;
mod fallback;
mod item;
mod priority;

use proc_macro::TokenStream;

/// Runs a function when the process exits.
///
/// The function is declared where it stands: no call registers it, and it is found wherever it is linked into the program. It runs once, at process
/// exit, on the runner thread, and an error or a panic in it is reported without keeping the other handlers from running.
///
/// The function is a free one, without generic parameters, of one of these signatures:
///
/// - `fn()`
/// - `fn() -> Result<(), E>`
/// - `fn(&ExitContext)`
/// - `fn(&ExitContext) -> Result<(), E>`
///
/// It stays as it is written and can still be called.
///
/// # Arguments
///
/// All are optional; `#[at_exit]` alone is enough.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `priority` | a constant `i32` expression | `0` | a handler of higher priority runs first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the handler may run before the others go on without it |
/// | `name` | a text in quotes | the function's path | what the handler is called in reports |
/// | `thread` | `runner` or `caller` | `runner` | the thread it runs on: the runner thread, or the thread that ends the process |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// A mistake in the arguments or in the signature is a compile error.
#[proc_macro_attribute]
pub fn at_exit(args: TokenStream, item: TokenStream) -> TokenStream {
    at_exit::expand(args.into(), item.into()).into()
}
