//! The procedural macros of `exitmacro`. Not for direct use: depend on `exitmacro`, which
//! re-exports them.
//!
//! A macro is a pipeline: `args` and `item`, `settings` and `entry`, or `options` and `input`,
//! parse into a model, `valid` checks what of it must fit together, `emit` writes the code from it.
//! What goes wrong on the way is collected, so that `fallback` reports all of it at once.

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
/// It is declared where it stands: no call registers it, and it is found wherever it is linked into
/// the program. It runs once, at process exit, on the runner thread, and an error or a panic in it
/// is reported without keeping the other handlers from running.
///
/// # Functions
///
/// The function is a free one, without generic parameters, of one of these signatures, with or
/// without `async`:
///
/// - `fn()`
/// - `fn() -> Result<(), E>`
/// - `fn(&ExitContext)`
/// - `fn(&ExitContext) -> Result<(), E>`
///
/// It stays as it is written and can still be called.
///
/// An `async fn` needs the feature `async` of `exitmacro`, or `tokio` where it uses tokio. Its
/// future is driven to its end on the thread that the handler runs on, and dropped when its timeout
/// is over.
///
/// A free function, because items stand beside it. In an `impl`, one that has neither `self` nor
/// `Self` looks like a free function to a macro: there rustc says that a module, a `use` import and
/// an implementation are "not supported in `trait`s or `impl`s". Move the function out of the
/// `impl`, or call it from a free one.
///
/// # Statics
///
/// Of a static, as in `#[at_exit] static POOL: OnceLock<Pool> = OnceLock::new();`, the value is
/// cleaned up: its type implements `AtExitCleanup`. `LazyLock` and `OnceLock` do for a value that
/// does, and do nothing when there is no value yet. Cleaning up is not dropping: a static is never
/// dropped, so handlers that run later still find the value, in the state that its cleanup left.
///
/// It may stand in a module or in the body of a function. A `static mut` cannot be shared, so it
/// cannot be cleaned up either.
///
/// # Arguments
///
/// All are optional; `#[at_exit]` alone is enough.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `priority` | a constant `i32` expression | `0` | a handler of higher priority runs first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the handler may run before the others go on without it |
/// | `name` | a text in quotes | the path of the function or the static | what the handler is called in reports |
/// | `alias` | a name | the name of the function or the static | what `after` and `before` call it; see [Order](#order) |
/// | `after(…)` | paths of handlers, separated by commas | none | what it waits for, whatever the priorities are |
/// | `before(…)` | the same | none | what waits for it |
/// | `concurrent` | nothing | one after the other | it may run at the same time as others of its priority that say so too, each on a thread of its own; one that does not say so runs alone |
/// | `when` | `always`, `success`, `failure` or `signal` | `always` | the ends it is for: every one, status 0, another status or a panic, or a signal |
/// | `thread` | `runner` or `caller` | `runner` | the thread it runs on: the runner thread, or the thread that ends the process |
/// | `fork` | `owner` or `inherit` | `owner` | the processes it runs in: only the one it was declared in, or also children that are forked |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// A mistake in the arguments, in the signature or in the static is a compile error. A `concurrent`
/// handler cannot have `thread = caller`.
///
/// # Order
///
/// What needs what is said by `after` and `before`, with the path of the function or the static:
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
/// The requests are drained while the workers stop; the database is closed when both are done, and
/// the log last. Paths may lead to other modules and crates, through `use`, `pub use` and `as`; the
/// item must be visible there, as for a call. A wrong path does not compile: where rustc says
/// "expected type, found function", the function has no `#[at_exit]`. A type that implements
/// `AtExitCleanup`, such as `Pool<Db>`, stands for all values of it that are tracked. Handlers that
/// wait for each other in a circle run all the same: by priority, and `Plan::cycles` and a line on
/// stderr name them.
///
/// For these paths, the attribute declares a type of the item's name beside it. It has no values
/// and is not in the docs, and takes no meaning away that the name has without it, but for one:
///
/// - Next to a module, a type or an import of the name, these are what the name means, and `after`
///   does not find the handler by it.
/// - The names of primitive types, of what std's prelude brings, such as `Vec`, of the crates
///   `std`, `core` and `alloc`, of the crate's own dependencies, and of tools such as `rustfmt`
///   keep their meaning.
/// - Next to a glob import, `use db::*`, that brings a module or a type of the name along, rustc
///   reports the name as ambiguous where it is used. An import by name, `use db::cache`, settles
///   it.
/// - The one: a name that only `extern crate log as logger` gives to a crate. Next to a handler
///   `logger` in another module than the root, it means the handler's type there, and
///   `logger::info` is an error. `use crate::logger` in that module settles it.
///
/// In all these cases `alias` gives the type another name, as in `#[at_exit(alias = close_log)] fn
/// log() { … }` and `after(close_log)`.
///
/// # Attributes
///
/// What else stands on the item or on its parameters holds as it does without `#[at_exit]`: `cfg`,
/// `cfg_attr`, `deprecated`, `must_use`, docs. Levels of lints, such as `#[allow(deprecated)]`,
/// also hold for the expressions and paths in the arguments.
#[proc_macro_attribute]
pub fn at_exit(args: TokenStream, item: TokenStream) -> TokenStream {
    at_exit::expand(args.into(), item.into(), Features::ENABLED, Compiler::current()).into()
}

/// Runs the handlers when `main` ends, and says for the whole program how they run.
///
/// Handlers run without it too, from the hook that libc calls. With it they run after the body of
/// `main` and before `main` returns, on a process that is still whole: the thread-locals of the
/// main thread are alive, and so are C++ statics and OpenSSL. The status is known to them, and a
/// panic in the body is seen as `ExitReason::Panic`, and goes on after the handlers. An error that
/// `main` returns is printed after they have run, when `main` has returned it.
///
/// It goes on `fn main`, without parameters, which may return whatever a `main` may return. The
/// function stays as it is written, inside another one of the same type, which can be called as
/// before; below a macro that may change the return type, which is any that is not named `main`,
/// the type is `ExitCode`. A type of your own that implements `Termination` is reported before the
/// handlers run, as nothing else tells its status, and the process ends after them without
/// returning from `main`. An `async fn main` needs an attribute that starts a runtime, such as
/// `#[tokio::main]`. Below this one, with the feature `async` of `exitmacro`, which `tokio` turns
/// on, the handlers are awaited by that runtime while it is alive. Without the feature, and where
/// the runtime's attribute stands above this one, they run when the runtime has been shut down.
///
/// An attribute that starts a runtime is known by its name, `main`, and goes on a function around
/// the one that was written. Other macros, such as one that looks at the return type, go on the one
/// that was written. Where nothing is called `main`, all macros go around.
///
/// # Arguments
///
/// All are optional; `#[exitmacro::main]` alone is enough.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `signals` | nothing, or a list such as `[INT, TERM]` | no signals | the signals that run the handlers; alone, it is `[INT, TERM, HUP]`, on Windows `[INT, TERM]` |
/// | `on_signal` | `exit_code`, `reraise` or `exit_zero` | `exit_code` | how the process ends after a signal: with status 128 + its number, of the signal itself, or with status 0 |
/// | `grace` | a duration in quotes | none | how long a signal leaves `main` to return by itself before the handlers start |
/// | `budget` | a duration in quotes | `"25s"` | how long all handlers together may run |
/// | `timeout` | a duration in quotes | `"10s"` | how long a handler may run that has no `timeout` of its own |
/// | `threads` | a number from 1 to 256 | 32 | how many handlers may run at the same time |
/// | `on_failure` | `keep` or `code(3)`, from 1 to 255 | `keep` | the exit status when a handler failed: the same as without, or this one in place of 0 |
/// | `panic_abort` | `run` or `off` | `run` | whether handlers run at a panic that aborts the process |
/// | `termination_message` | a path in quotes | none | the file to write the report of failed handlers to, such as `"/dev/termination-log"` |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// The names of signals are `HUP`, `INT`, `QUIT`, `TERM`, `USR1`, `USR2`, `ALRM`, `VTALRM`, `PROF`,
/// `XCPU`, `XFSZ` and `IO`. `signals` needs the feature `signals` of `exitmacro`; `grace` and
/// `on_signal` say nothing without it, and `grace` is shorter than `budget`.
///
/// A mistake in the arguments or in the signature is a compile error.
///
/// # Which `main` counts
///
/// The first one that begins on the main thread of the process: from then on its arguments hold,
/// and handlers run when it ends. A program may contain others, as a program of many names does, or
/// one whose library has a `pub fn main`. One that is called inside the first one, or on another
/// thread, is a function like any other. `config!` holds from load on; next to a `main` that counts
/// it is an error, which names both places.
///
/// Under the test harness of the compiler, in unit tests, `main` is as it was written: nothing is
/// configured, and a test may call it. A test target with `harness = false` has a `main` of its
/// own, which counts.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_fn::expand(args.into(), item.into(), Features::ENABLED, Compiler::current()).into()
}

/// Says for the whole program how handlers run, where `#[exitmacro::main]` cannot: in test binaries
/// and in a cdylib.
///
/// It stands among the items of any module of the program, and holds from the time it is loaded.
/// Handlers run from the hook that libc calls, as they do without it.
///
/// # Arguments
///
/// Those of [`macro@main`], in any order, separated by commas; at least one of them. The one that
/// differs:
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `panic_abort` | `run` or `off` | `off` | whether handlers run at a panic that aborts the process |
///
/// A mistake in the arguments is a compile error. Two configurations in one program are an error
/// when it starts, or when a `main` with the attribute begins, which names both places. An example
/// in documentation that has one is marked `standalone_crate`: examples of edition 2024 share a
/// program otherwise.
#[proc_macro]
pub fn config(args: TokenStream) -> TokenStream {
    main_fn::expand_config(args.into(), Features::ENABLED, Compiler::current()).into()
}

/// Implements `AtExitCleanup`: says how a value of the type is cleaned up when the process exits.
///
/// It goes on structs and enums, generic ones too. There are two ways to say it.
///
/// With a method, as in `#[cleanup(with = close)]` on a `struct Pool` that has a `fn close(&self) ->
/// io::Result<()>`: the cleanup is this method. It takes `&self` and returns nothing or a
/// `Result<(), E>`, whose `E` is whatever an error can be made from. A name alone is a function of
/// the type; a free function has a path with `::` in it, such as `self::close`, and takes a
/// reference to the type.
///
/// Without one, the cleanup is that of the fields: each one's own, in the order they are declared
/// in, of an enum those of the variant that there is. All of them are tried, also when one panics,
/// and their errors are gathered into one that names the fields. `#[cleanup(skip)]` on a field
/// leaves it out; any other field has a type that implements `AtExitCleanup`. A type without fields
/// has nothing to clean up.
///
/// In a forked child the value is the parent's, so it is not cleaned up there but discarded: by the
/// method of `discard`, or else by discarding the same fields. With `with` alone, discarding does
/// nothing.
///
/// # Arguments
///
/// Those of the attribute `#[cleanup(…)]` on the type. All are optional, and so is the attribute;
/// several of them are as good as one.
///
/// | argument | value | default | meaning |
/// |---|---|---|---|
/// | `with` | a name such as `close`, or a path such as `Self::close` or `pool::close` | the cleanup of the fields | the method that cleans up |
/// | `discard` | the same | see above | the method that forgets the value in a forked child: it takes `&self`, returns nothing and sends nothing |
/// | `priority` | an `i32` expression | `0` | a value of higher priority is cleaned up first |
/// | `timeout` | a duration in quotes: whole numbers of `h`, `m`, `s`, `ms`, `us`, such as `"5s"` or `"1m30s"` | `"10s"` | how long the cleanup may run before the others go on without it |
/// | `name` | a text in quotes | the type's path | what it is called in reports |
/// | `after(…)` | paths of handlers, separated by commas | none | what its values wait for, as in [`macro@at_exit`] |
/// | `before(…)` | the same | none | what waits for its values |
/// | `concurrent` | nothing | one after the other | its values may be cleaned up at the same time as others of the priority that say so too; those of a type that does not say so are cleaned up alone |
/// | `crate` | a path | `::exitmacro` | where `exitmacro` is found, for a crate that re-exports it |
///
/// All but `with`, `discard` and `crate` hold for values that register themselves. Where a value is
/// a part of another one or of a static, the outer one's hold.
///
/// The attribute on a field has one argument, `skip`, and is an error next to `with`, which leaves
/// all fields to the method.
///
/// # Generics
///
/// Parameters, their bounds and the `where` clause are those of the type. A field whose type
/// mentions a type parameter adds the bound that this type implements `AtExitCleanup`; one whose
/// type mentions the type itself, as in a list or a tree, adds none. The type itself must be `Send`
/// and `Sync`, which is not asked of its parameters: a `Mutex<T>` is both for a `T` that is `Send`.
/// Bounds that the method of `with` needs stand on the type.
///
/// Of two generic types that hold each other, each needs to know of the other first; for one of
/// them the `impl` is written by hand.
///
/// A mistake in the arguments is a compile error. A method that is missing or has another
/// signature, and a field whose type cannot be cleaned up, are errors at the method's name and at
/// the field's type.
#[proc_macro_derive(AtExitCleanup, attributes(cleanup))]
pub fn at_exit_cleanup(item: TokenStream) -> TokenStream {
    cleanup::expand(item.into(), Compiler::current()).into()
}

/// Not public API.
#[doc(hidden)]
#[proc_macro_derive(Runs, attributes(__exitmacro_run))]
pub fn runs(item: TokenStream) -> TokenStream {
    emit::deprecated::expand(item.into()).into()
}
