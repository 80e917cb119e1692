//! What there is to run: a handler, declared by attribute at link time, or registered at run time.
//! Its options and edges, what it is told, and how it is called.

mod callback;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod declared;
pub(crate) mod edge;
pub(crate) mod engine;
pub(crate) mod id;
pub(crate) mod live;
mod location;
pub(crate) mod options;
pub(crate) mod ordered_by;
pub mod priority;
mod queued;
mod rank;
pub(crate) mod raw;
pub(crate) mod signal;
mod when;

pub use callback::Returned;
#[cfg(feature = "async")]
pub(crate) use callback::sealed::Function;
pub(crate) use callback::{Callback, Erased, Failure};
pub use callback::{HandlerFn, HandlerResult, returned};
pub use edge::Orderable;
pub use location::{Location, Source};
pub(crate) use queued::Queued;
pub(crate) use rank::Rank;
pub use when::When;
