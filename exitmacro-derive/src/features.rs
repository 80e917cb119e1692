//! The features of this crate. The features of the same names of `exitmacro` turn them on.

#[derive(Clone, Copy)]
pub(crate) struct Features {
    pub(crate) signals: bool,
    /// The feature `async`.
    pub(crate) futures: bool,
    pub(crate) tracing: bool,
    pub(crate) log: bool,
}

impl Features {
    pub(crate) const ENABLED: Self = Self {
        signals: cfg!(feature = "signals"),
        futures: cfg!(feature = "async"),
        tracing: cfg!(feature = "tracing"),
        log: cfg!(feature = "log"),
    };
}

#[cfg(test)]
impl Features {
    pub(crate) const ALL: Self = Self { signals: true, futures: true, tracing: true, log: true };

    pub(crate) const NONE: Self =
        Self { signals: false, futures: false, tracing: false, log: false };
}
