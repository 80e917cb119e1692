//! A handler in the queue of the run.

/// A handler in the queue of the run, in four bytes: which declared one it is, or in which slot of
/// the table it waits. What else the order depends on is looked up where it is.
///
/// A hundred thousand ranks would be more than two megabytes of fresh memory, which the kernel maps
/// when it is written first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Queued(u32);

/// Set in those that are registered.
const REGISTERED: u32 = 1 << 31;

impl Queued {
    /// Slots have numbers below this.
    pub(crate) const SLOTS: u32 = REGISTERED;

    /// Fills memory from which nothing is read.
    pub(crate) const FILLER: Self = Self(0);

    /// The declared handler with this index.
    pub(crate) const fn declared(index: u32) -> Self {
        Self(index)
    }

    /// The handler that waits in this slot.
    pub(crate) const fn registered(slot: u32) -> Self {
        Self(slot | REGISTERED)
    }

    pub(crate) const fn is_declared(self) -> bool {
        self.0 < REGISTERED
    }

    /// The slot of a registered handler, the element of a declared one.
    pub(crate) const fn index(self) -> u32 {
        self.0 & !REGISTERED
    }

    /// As a number. That of a declared handler is its index.
    pub(crate) const fn to_bits(self) -> u32 {
        self.0
    }

    /// The handler with this number.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}
