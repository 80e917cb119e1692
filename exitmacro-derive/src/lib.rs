//! The procedural macros of `exitmacro`. Not for direct use: depend on `exitmacro`, which
//! re-exports them.
//!
//! What each macro does is described where it is re-exported, because its examples need
//! `exitmacro`. Only the tables of arguments are here: editors show them where a macro is used.
//!
//! A macro is a pipeline. `args` and `item` read its tokens, `valid` checks what must fit together,
//! and `emit` writes the code. The mistakes are collected on the way, and `fallback` reports all of
//! them. A file uses files of the lines below its own, and files to its right:
//!
//! | files | what they do |
//! |---|---|
//! | `at_exit`, `main_fn`, `cleanup` | the pipelines: of `at_exit`, of `main` and `config!`, of the derive |
//! | `constructed` | an element with a constructor: of `config!`, and on WASI each handler |
//! | `fallback` | what replaces an item with mistakes |
//! | `emit/at_exit`, `emit/main`, `emit/cleanup`, `emit/deprecated`, `emit/rival`, `emit/options`, `emit/mod` | the code that is written; `options` has the options of handlers |
//! | `valid` | the rules about two things that must fit together |
//! | `item/bounds`, `item/cleanup`, `item/main`, `item/handler`, `item/started_runtime`, `item/self_type`, `item/mod`, `item/attributes` | what is read of the item |
//! | `args/main`, `args/cleanup`, `args/at_exit`, `args/options` | the arguments; `options` has the options of handlers |
//! | `args/duration`, `args/edge`, `args/method`, `args/priority`, `args/signal`, `args/mod`, `args/bare_list` | the values of arguments, and how a list of arguments is read |
//! | `prelude`, `compiler`, `features`, `syntax`, `diagnostic` | names in scope, the command line of rustc, features, pieces of code, errors |

#![deny(unsafe_code)]

mod args;
mod at_exit;
mod cleanup;
mod compiler;
mod constructed;
mod diagnostic;
mod emit;
#[cfg(test)]
mod expansions;
mod fallback;
mod features;
mod item;
mod main_fn;
#[cfg(test)]
mod marks;
mod prelude;
mod syntax;
mod valid;

use compiler::Compiler;
use features::Features;
use proc_macro::TokenStream;

/// What a macro writes, as rustc takes it.
fn expanded(expand: impl FnOnce(&Compiler) -> proc_macro2::TokenStream) -> TokenStream {
    let compiler = Compiler::current();
    compiler.with_errors(expand(compiler)).into()
}

/// # Arguments at a glance
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `priority` | a constant `i32` expression | `0` | a handler of higher priority runs first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the handler may run; then it is abandoned, and the next handlers run |
/// | `name` | a text in quotes | the path of the function or the static | the name of the handler in reports |
/// | `alias` | a name | the name of the function or the static | the name that `after` and `before` use |
/// | `after(…)` | paths of handlers, separated by commas | none | the handlers that finish before this one starts, whatever the priorities are |
/// | `before(…)` | the same | none | the handlers that start after this one has finished |
/// | `concurrent` | nothing | one after the other | the handler may run at the same time as other `concurrent` handlers of its priority, each on a thread of its own; without it, the handler runs alone |
/// | `when` | `always`, `success`, `failure` or `signal` | `always` | the exits at which the handler runs: every exit, status 0, another status or a panic, or a signal |
/// | `thread` | `runner` or `caller` | `runner` | the thread that runs the handler: the runner thread, or the thread that ends the process |
/// | `fork` | `owner` or `inherit` | `owner` | the processes in which the handler runs: only the one it was declared in, or also forked children |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
#[proc_macro_attribute]
pub fn at_exit(args: TokenStream, item: TokenStream) -> TokenStream {
    expanded(|compiler| at_exit::expand(args.into(), item.into(), Features::ENABLED, compiler))
}

/// # Arguments at a glance
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `signals` | nothing, or a list such as `[INT, TERM]` | no signals | the signals that run the handlers; alone, it is `[INT, TERM, HUP]`, on Windows `[INT, TERM]` |
/// | `on_signal` | `exit_code`, `reraise` or `exit_zero` | `exit_code` | how the process ends after a signal: with status 128 + its number, of the signal itself, or with status 0 |
/// | `grace` | a duration in quotes | none | how long `main` may take to return after a signal, or a request with a status, before the handlers start |
/// | `budget` | a duration in quotes | `"25s"` | how long all handlers together may run |
/// | `timeout` | a duration in quotes | `"10s"` | how long a handler without its own `timeout` may run |
/// | `threads` | a number from 1 to 256 | 32 | how many handlers may run at the same time |
/// | `on_failure` | `keep` or `code(3)`, from 1 to 255 | `keep` | the exit status when a handler failed: unchanged, or this one in place of 0 |
/// | `panic_abort` | `run` or `off` | `run` | whether handlers run at a panic that aborts the process |
/// | `status` | `on` or `off` | `on` | whether a line on the terminal shows what a run waits for that takes longer than a second; `off` for a program that draws by itself |
/// | `termination_message` | a path in quotes | none | the file to write the report of failed handlers to, such as `"/dev/termination-log"` |
/// | `report_to` | `stderr`, `tracing` or `log` | `stderr` | what is told of the outcomes of handlers: stderr, or events of `tracing` or `log`; see `report_to_stderr` of `exitmacro` |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expanded(|compiler| main_fn::expand(args.into(), item.into(), Features::ENABLED, compiler))
}

/// # Arguments at a glance
///
/// Those of [`macro@main`]. One has another default:
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `panic_abort` | `run` or `off` | `off` | whether handlers run at a panic that aborts the process |
#[proc_macro]
pub fn config(args: TokenStream) -> TokenStream {
    expanded(|compiler| main_fn::expand_config(args.into(), Features::ENABLED, compiler))
}

/// # Arguments at a glance
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `with` | a name such as `close`, or a path such as `Self::close` or `pool::close` | the cleanup of the fields | the method that cleans up |
/// | `discard` | the same | that of the fields; nothing next to `with` | the method that forgets the value in a forked child: it takes `&self`, returns nothing and sends nothing |
/// | `priority` | an `i32` expression | `0` | a value of higher priority is cleaned up first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the cleanup may run; then it is abandoned, and the next handlers run |
/// | `name` | a text in quotes | the type's path | the name of its values in reports |
/// | `after(…)` | paths of handlers, separated by commas | none | the handlers that finish before its values are cleaned up |
/// | `before(…)` | the same | none | the handlers that start after its values have been cleaned up |
/// | `concurrent` | nothing | one after the other | its values may be cleaned up at the same time as other `concurrent` handlers and values of the priority; without it, each is cleaned up alone |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
/// | `skip`, on a field | nothing | all fields | leaves the field out |
#[proc_macro_derive(AtExitCleanup, attributes(cleanup))]
pub fn at_exit_cleanup(item: TokenStream) -> TokenStream {
    expanded(|compiler| cleanup::expand(item.into(), Features::ENABLED, compiler))
}

/// Not public API.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn constructed(list: TokenStream, element: TokenStream) -> TokenStream {
    constructed::expand(&list.into(), element.into()).into()
}

/// Not public API.
#[doc(hidden)]
#[proc_macro_derive(Runs, attributes(__exitmacro_run))]
pub fn runs(item: TokenStream) -> TokenStream {
    emit::deprecated::expand(item.into()).into()
}
