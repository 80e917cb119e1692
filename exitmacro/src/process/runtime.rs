//! The runtime that a program built by hand.

use crate::run::tokio_runtime;
use tokio::runtime::{Handle, Runtime};

/// Has `async fn` handlers run in this tokio runtime, for a program that builds its runtime by
/// hand. With `#[exitmacro::main]` and `#[tokio::main]`, in [`run_async`](crate::run_async), and
/// where a value that is closed by an `async fn` is [tracked](fn@crate::track) in the runtime, it
/// is known without this call.
///
/// They run there as long as the runtime runs tasks: connections that were opened in it belong to
/// it. Where it is blocked, as when the thread of a `current_thread` runtime called `exit`, or has
/// ended, a handler gets a runtime of its own. A runtime that is dropped at the end of `main` has
/// ended by then: keep it in a static, or end by [`run`](crate::run()) or [`exit`](fn@crate::exit)
/// before. If a handler fails in such a place, a line on stderr says so.
///
/// Other handlers are called in the context of the runtime, so that `Handle::current()` and `spawn`
/// work in them. What they spawn or block on makes progress only while a thread drives the runtime.
/// When the runtime has ended, they have no context.
///
/// The last call counts. The runtime is not kept from ending. A forked child, which has none of its
/// threads, does not use it.
///
/// The guide: [async handlers](crate::guide::async_handlers).
///
/// ```
/// use std::sync::LazyLock;
/// use tokio::runtime::{Builder, Runtime};
///
/// static RUNTIME: LazyLock<Runtime> =
///     LazyLock::new(|| Builder::new_current_thread().build().expect("it needs no thread"));
///
/// exitmacro::tokio::use_runtime(&*RUNTIME);
/// RUNTIME.block_on(async { /* serve */ });
/// ```
pub fn use_runtime(runtime: &impl ToHandle) {
    tokio_runtime::remember(runtime.to_handle());
}

/// A `Runtime` of tokio, or a `Handle` of one.
///
/// ```
/// use exitmacro::tokio::{ToHandle, use_runtime};
/// use tokio::runtime::{Builder, Handle};
///
/// /// A function of a library that is given a runtime, or a handle of one.
/// fn start(runtime: &impl ToHandle) {
///     use_runtime(runtime);
/// }
///
/// let runtime = Builder::new_current_thread().build()?;
/// start(&runtime);
/// runtime.block_on(async { start(&Handle::current()) });
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ToHandle: sealed::Sealed {
    #[doc(hidden)]
    fn to_handle(&self) -> Handle;
}

impl ToHandle for Runtime {
    fn to_handle(&self) -> Handle {
        self.handle().clone()
    }
}

impl ToHandle for Handle {
    fn to_handle(&self) -> Handle {
        self.clone()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Runtime {}
    impl Sealed for super::Handle {}
}
