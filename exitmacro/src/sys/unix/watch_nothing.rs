//! No way to look at another thread here: a parked one is found out by its timeout.

#[derive(Clone, Copy)]
pub(crate) struct ThreadWatch;

impl ThreadWatch {
    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn is_parked(self) -> bool {
        false
    }

    pub(crate) fn might_be_parked(self) -> bool {
        true
    }
}
