//! The features of this crate. The features of the same names of `exitmacro` turn them on.

#[derive(Clone, Copy)]
pub(crate) struct Features {
    pub(crate) signals: bool,
    /// The feature `async`.
    pub(crate) futures: bool,
}

impl Features {
    pub(crate) const ENABLED: Self =
        Self { signals: cfg!(feature = "signals"), futures: cfg!(feature = "async") };
}

#[cfg(test)]
impl Features {
    pub(crate) const ALL: Self = Self { signals: true, futures: true };

    pub(crate) const NONE: Self = Self { signals: false, futures: false };
}
