//! What gets cleaned: values that register themselves.

pub(crate) mod guard;
