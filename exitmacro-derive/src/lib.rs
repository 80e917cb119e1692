//! The procedural macros of `exitmacro`. Not for direct use: depend on `exitmacro`, which
//! re-exports them.
//!
//! A macro is a pipeline. `args` and `item` read its tokens, `valid` checks what must fit together,
//! and `emit` writes the code. The mistakes are collected on the way, and `fallback` reports all of
//! them. A file uses files of the lines below its own, and files to its right:
//!
//! | files | what they do |
//! |---|---|
//! | `at_exit`, `main_fn`, `cleanup` | the pipelines: of `at_exit`, of `main` and `config!`, of the derive |
//! | `fallback` | what replaces an item with mistakes |
//! | `emit/at_exit`, `emit/main`, `emit/cleanup`, `emit/deprecated`, `emit/options`, `emit/mod` | the code that is written; `options` has the options of handlers |
//! | `valid` | the rules about two things that must fit together |
//! | `item/bounds`, `item/cleanup`, `item/main`, `item/handler`, `item/mod`, `item/attributes` | what is read of the item |
//! | `args/main`, `args/cleanup`, `args/at_exit`, `args/options` | the arguments; `options` has the options of handlers |
//! | `args/duration`, `args/edge`, `args/method`, `args/priority`, `args/signal`, `args/mod` | the values of arguments, and how a list of arguments is read |
//! | `prelude`, `compiler`, `features`, `syntax`, `diagnostic` | names in scope, the command line of rustc, features, pieces of code, errors |

#![deny(unsafe_code)]

mod args;
mod at_exit;
mod cleanup;
mod compiler;
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

/// Runs a function, or cleans up a static, when the process exits.
///
/// The attribute alone declares the handler. No call registers it: the linker collects the handlers
/// of all crates in the program. The handler runs once, at process exit, on the runner thread. An
/// error or a panic in it is reported, and the other handlers still run.
///
/// # Functions
///
/// A handler is a free function without generic parameters. Its signature is one of these, with or
/// without `async`:
///
/// - `fn()`
/// - `fn() -> Result<(), E>`
/// - `fn(&ExitContext)`
/// - `fn(&ExitContext) -> Result<(), E>`
///
/// The function stays as it was written, and code can still call it.
///
/// An `async fn` needs the feature `async` of `exitmacro`, or `tokio` where it uses tokio. The
/// thread of the handler drives its future to the end, or drops it when the timeout expires.
///
/// The macro adds items next to the function, which an `impl` cannot have. In an `impl`, a function
/// with neither `self` nor `Self` looks like a free function to a macro. rustc then reports that a
/// module, a `use` import and an implementation are "not supported in `trait`s or `impl`s". Move
/// the function out of the `impl`, or call it from a free function.
///
/// # Statics
///
/// In `#[at_exit] static POOL: OnceLock<Pool> = OnceLock::new();`, the handler cleans up the value
/// of the static. The type of the static implements `AtExitCleanup`. `LazyLock` and `OnceLock`
/// implement it for values that implement it, and do nothing when there is no value yet. The value
/// is not dropped: handlers that run later still find it, in the state that its cleanup left.
///
/// The static is in a module or in the body of a function. A `static mut` cannot be shared between
/// threads, so it cannot be cleaned up.
///
/// # Arguments
///
/// All are optional; `#[at_exit]` alone is enough.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `priority` | a constant `i32` expression | `0` | a handler of higher priority runs first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the handler may run; then it is abandoned, and the next handlers run |
/// | `name` | a text in quotes | the path of the function or the static | the name of the handler in reports |
/// | `alias` | a name | the name of the function or the static | the name that `after` and `before` use; see [Order](#order) |
/// | `after(…)` | paths of handlers, separated by commas | none | the handlers that finish before this one starts, whatever the priorities are |
/// | `before(…)` | the same | none | the handlers that start after this one has finished |
/// | `concurrent` | nothing | one after the other | the handler may run at the same time as other `concurrent` handlers of its priority, each on a thread of its own; without it, the handler runs alone |
/// | `when` | `always`, `success`, `failure` or `signal` | `always` | the exits at which the handler runs: every exit, status 0, another status or a panic, or a signal |
/// | `thread` | `runner` or `caller` | `runner` | the thread that runs the handler: the runner thread, or the thread that ends the process |
/// | `fork` | `owner` or `inherit` | `owner` | the processes in which the handler runs: only the one it was declared in, or also forked children |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// A mistake in the arguments, in the signature or in the static is a compile error. A `concurrent`
/// handler cannot have `thread = caller`.
///
/// # Order
///
/// `after` and `before` order handlers. They take the path of the function or the static:
///
/// ```ignore
/// mod db {
///     #[exitmacro::at_exit]
///     pub fn close_db() { /* … */ }
/// }
///
/// #[exitmacro::at_exit(before(db::close_db), concurrent)]
/// fn drain_requests() { /* … */ }
///
/// #[exitmacro::at_exit(before(db::close_db), concurrent)]
/// fn stop_workers() { /* … */ }
///
/// #[exitmacro::at_exit(after(db::close_db))]
/// fn close_log() { /* … */ }
/// ```
///
/// The requests are drained while the workers stop. The database is closed when both have finished,
/// and the log last.
///
/// A path may lead to another module or crate, through `use`, `pub use` and `as`. The item must be
/// visible there, as for a call. A wrong path does not compile: where rustc reports "expected type,
/// found function", the function has no `#[at_exit]`. The path of a type that implements
/// `AtExitCleanup`, such as `Pool<Db>`, stands for all tracked values of the type. Handlers in an
/// ordering cycle still run, by priority; `Plan::cycles` and a line on stderr name them.
///
/// For these paths, the attribute declares a type with the item's name. The type has no values and
/// is not in the docs. Other meanings of the name are kept, with one exception:
///
/// - A module, a type or an import of the name in the same module shadows the type of the handler.
///   `after` and `before` do not find the handler by the name.
/// - The names of primitive types, of std's prelude, such as `Vec`, of the crates `std`, `core` and
///   `alloc`, of the crate's own dependencies, and of tools such as `rustfmt` keep their meaning.
/// - Where a glob import, `use db::*`, brings a module or a type of the name, rustc reports the
///   name as ambiguous where it is used. An import by name, `use db::cache`, resolves it.
/// - The exception is a name that only `extern crate log as logger` gives to a crate. Next to a
///   handler `logger` in another module than the root, it is the handler's type there, and
///   `logger::info` is an error. `use crate::logger` in that module resolves it.
///
/// In all these cases `alias` gives the type another name, as in `#[at_exit(alias = close_log)] fn
/// log() { … }` and `after(close_log)`.
///
/// # Why did it not run?
///
/// `exitmacro::plan().explain()` says it for the running program, and the module
/// `exitmacro::why_not_run` lists symptoms, causes and what to do.
///
/// # Attributes
///
/// Other attributes of the item and of its parameters work as they do without `#[at_exit]`: `cfg`,
/// `cfg_attr`, `deprecated`, `must_use`, docs. Levels of lints, such as `#[allow(deprecated)]`,
/// also apply to the expressions and paths in the arguments.
#[proc_macro_attribute]
pub fn at_exit(args: TokenStream, item: TokenStream) -> TokenStream {
    at_exit::expand(args.into(), item.into(), Features::ENABLED, Compiler::current()).into()
}

/// Runs the handlers when `main` ends, and configures them for the whole program.
///
/// Without it, handlers run too, from the hook that libc calls. With it, they run after the body of
/// `main` and before `main` returns, while the process is still whole: the thread-locals of the
/// main thread are alive, and so are C++ statics and OpenSSL. The handlers know the exit status.
/// They see a panic in the body as `ExitReason::Panic`, and the panic continues after them.
///
/// An error that `main` returns in a `Result`, of any type, is printed after all handlers, so those
/// of priority `TERMINAL` have restored the terminal by then. It is printed once, however the
/// process ends, and the exit status stays. Two things cut it off: a signal that forces the end
/// before the handlers have finished, whose line on stderr says so, and a stderr that is not read.
///
/// The function is `fn main` without parameters, and returns any type that `main` may return. It
/// stays as it was written, inside another function of the same type, which code can call as
/// before. If the function has a macro that may change the return type, which is every macro that
/// is not named `main`, the outer function returns `ExitCode`. For a type of your own that
/// implements `Termination`, only `report` knows the exit status. So it is called before the
/// handlers run, and what it prints comes before them; the process ends after them without
/// returning from `main`.
///
/// An `async fn main` needs an attribute that starts a runtime, such as `#[tokio::main]`, below
/// this one. With the feature `async` of `exitmacro`, which `tokio` turns on, that runtime awaits
/// the handlers while it is alive; `#[tokio::main]` may stand above this one as well. Without the
/// feature, and where the attribute of another runtime is above this one, the handlers run after
/// the runtime has shut down.
///
/// An attribute that starts a runtime is recognized by its name, `main`, and moves to a function
/// around the one that was written. Other macros, such as one that looks at the return type, stay
/// on the function that was written. If no attribute is named `main`, all macros move.
///
/// # Arguments
///
/// All are optional; `#[exitmacro::main]` alone is enough.
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
///
/// The names of signals are `HUP`, `INT`, `QUIT`, `TERM`, `USR1`, `USR2`, `ALRM`, `VTALRM`, `PROF`,
/// `XCPU`, `XFSZ` and `IO`. The argument `signals` needs the feature `signals` of `exitmacro`.
/// `grace` and `on_signal` need the argument `signals`, and `grace` is shorter than `budget`.
/// `report_to = tracing` and `report_to = log` need the features of the same names.
///
/// A mistake in the arguments or in the signature is a compile error.
///
/// # Which `main` counts
///
/// The first `main` with the attribute that starts on the main thread of the process: its arguments
/// apply from then on, and the handlers run when it ends. A program may contain several, such as a
/// program of many names, or one whose library has a `pub fn main`. A `main` that is called inside
/// the first one, or on another thread, is a function like any other. `config!` applies as soon as
/// the program is loaded. Together with a `main` that counts it is an error, which names both
/// places.
///
/// In unit tests with rustc's own harness, `main` stays as it was written: it configures nothing,
/// and a test may call it. A test target with `harness = false` has its own `main`, which counts.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_fn::expand(args.into(), item.into(), Features::ENABLED, Compiler::current()).into()
}

/// Configures the handlers of the whole program where `#[exitmacro::main]` cannot: in test binaries
/// and in a cdylib.
///
/// It is an item of any module, and applies as soon as the program or the cdylib is loaded.
/// Handlers run from the hook that libc calls, as they do without it.
///
/// # Arguments
///
/// One or more of those of [`macro@main`], in any order, separated by commas. One has another
/// default:
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `panic_abort` | `run` or `off` | `off` | whether handlers run at a panic that aborts the process |
///
/// A mistake in the arguments is a compile error. Two configurations in one program are an error
/// when it starts, or when a `main` with the attribute starts; the error names both places. Mark an
/// example in documentation that has a configuration `standalone_crate`: examples of edition 2024
/// share a program otherwise.
#[proc_macro]
pub fn config(args: TokenStream) -> TokenStream {
    main_fn::expand_config(args.into(), Features::ENABLED, Compiler::current()).into()
}

/// Implements `AtExitCleanup`: how a value of the type is cleaned up when the process exits.
///
/// The type is a struct or an enum, and may be generic. A method or the fields define the cleanup.
///
/// With `#[cleanup(with = close)]`, the cleanup is the method `close`, such as `fn close(&self) ->
/// io::Result<()>`. The method takes `&self`, and returns nothing or a `Result<(), E>` whose `E`
/// converts into a boxed error. A name alone is a method of the type. A free function has a path
/// with `::` in it, such as `self::close`, and takes a reference to the type.
///
/// With the feature `async` of `exitmacro`, or `tokio`, the method may be an `async fn` that
/// returns the same, and whose future is `Send`. At exit it is driven as that of an `async fn`
/// handler, and dropped when the timeout expires. `exitmacro::track` says what the last handle
/// does.
///
/// Without `with`, the cleanup is that of the fields, in the order of their declaration; for an
/// enum, that of the fields of the current variant. All fields are cleaned up, also when one of
/// them panics. Their errors are collected into one that names the fields. `#[cleanup(skip)]`
/// leaves a field out. The types of all other fields implement `AtExitCleanup`. A type without
/// fields has nothing to clean up.
///
/// In a forked child the value belongs to the parent, so the child does not clean it up. It
/// discards it: with the method of `discard`, or else by discarding the same fields. With `with`
/// alone, discarding does nothing.
///
/// # Arguments
///
/// Those of the attribute `#[cleanup(…)]` on the type. All are optional, and so is the attribute.
/// Several attributes work like one.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `with` | a name such as `close`, or a path such as `Self::close` or `pool::close` | the cleanup of the fields | the method that cleans up |
/// | `discard` | the same | see above | the method that forgets the value in a forked child: it takes `&self`, returns nothing and sends nothing |
/// | `priority` | an `i32` expression | `0` | a value of higher priority is cleaned up first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the cleanup may run; then it is abandoned, and the next handlers run |
/// | `name` | a text in quotes | the type's path | the name of its values in reports |
/// | `after(…)` | paths of handlers, separated by commas | none | the handlers that finish before its values are cleaned up, as in [`macro@at_exit`] |
/// | `before(…)` | the same | none | the handlers that start after its values have been cleaned up |
/// | `concurrent` | nothing | one after the other | its values may be cleaned up at the same time as other `concurrent` handlers and values of the priority; without it, each is cleaned up alone |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// All but `with`, `discard` and `crate` apply to values that register themselves. For a value that
/// is a part of another value or of a static, those of the outer one apply.
///
/// The attribute on a field has one argument, `skip`, and is an error next to `with`, which leaves
/// all fields to the method.
///
/// # Generics
///
/// The `impl` has the parameters, the bounds and the `where` clause of the type. A field whose type
/// mentions a type parameter adds the bound that its type implements `AtExitCleanup`. A field whose
/// type mentions the type itself, as in a list or a tree, adds none. The type must be `Send` and
/// `Sync`, and its parameters need not be: a `Mutex<T>` is both for a `T` that is `Send`. Write the
/// bounds that the method of `with` needs on the type.
///
/// Two mutually recursive generic types need one `impl` that is written by hand.
///
/// A mistake in the arguments is a compile error. A method that is missing or has another
/// signature, and a field whose type cannot be cleaned up, are errors at the method's name and at
/// the field's type.
#[proc_macro_derive(AtExitCleanup, attributes(cleanup))]
pub fn at_exit_cleanup(item: TokenStream) -> TokenStream {
    cleanup::expand(item.into(), Features::ENABLED, Compiler::current()).into()
}

/// Not public API.
#[doc(hidden)]
#[proc_macro_derive(Runs, attributes(__exitmacro_run))]
pub fn runs(item: TokenStream) -> TokenStream {
    emit::deprecated::expand(item.into()).into()
}
