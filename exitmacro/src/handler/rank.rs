//! The place of a handler in the order.

/// The place of a handler in the order: the greatest rank runs first.
///
/// Among equal priorities the later registration wins. Declared handlers have sequence 0, so that
/// registered ones come before them; their own order is settled by where they stand in the source,
/// see [`Declared::reading_position`](crate::handler::declared::Declared::reading_position).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) priority: i32,
    pub(crate) sequence: u64,
    /// The slot of a registered handler, the element of a declared one. Compared last, where only
    /// declared handlers of one priority are left.
    pub(crate) index: u32,
}

impl Rank {
    /// Fills memory from which no rank is read.
    pub(crate) const FILLER: Self = Self { priority: 0, sequence: 0, index: 0 };

    pub(crate) const fn is_declared(self) -> bool {
        self.sequence == 0
    }
}
