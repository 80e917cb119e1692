//! The handlers in the lane. What they do is taken out of their slots before they begin, so that
//! they begin without the lock of the table.

use crate::handler::clock::Moment;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::sys::{Lane, LaneRunner, PLACES};
use core::mem::MaybeUninit;

pub(super) struct InLane {
    lane: Lane<Action>,
    /// By their places; `None` for declared handlers.
    ids: [Option<HandlerId>; PLACES],
    is_open: bool,
    /// The registered handler that ends when the first one in the lane begins.
    before: Option<HandlerId>,
    /// How many have begun of those in the lane that was closed last.
    begun: usize,
}

/// What the slot of a registered handler has to be told when the lane is closed.
pub(super) enum Told {
    /// It has ended.
    Ended(HandlerId),
    /// It is running.
    Running(HandlerId),
    /// It has not begun.
    Left(HandlerId, Action),
}

impl InLane {
    pub(super) const fn new() -> Self {
        Self { lane: Lane::new(), ids: [None; PLACES], is_open: false, before: None, begun: 0 }
    }

    /// Opens the lane. `put` puts the action of the next handler into a place, if it is registered,
    /// and returns its id; `None` behind the last one. Where there are no lanes, returns `None` and
    /// asks for no handler.
    pub(super) fn open(
        &mut self,
        before: Option<HandlerId>,
        mut put: impl FnMut(&mut MaybeUninit<Option<Action>>) -> Option<Option<HandlerId>>,
    ) -> Option<LaneRunner<Action>> {
        let Self { lane, ids, .. } = self;
        let runner = lane.fill(|index, place| {
            let (Some(id), Some(entry)) = (put(place), ids.get_mut(index)) else { return false };
            *entry = id;
            true
        })?;
        (self.is_open, self.before, self.begun) = (true, before, 0);
        Some(runner)
    }

    /// How many have begun of those in the lane that was opened last.
    pub(super) fn begun(&self) -> usize {
        if self.is_open { self.lane.begun() } else { self.begun }
    }

    /// When its runner left the lane that was opened last, if it has.
    pub(super) fn left(&self) -> Option<Moment> {
        Some(self.lane.told()).filter(|&told| told != 0).map(Moment::from_bits)
    }

    /// Closes the lane, and tells the slots of what they cannot know. (A handler that began, and
    /// behind which another one began, has ended.)
    pub(super) fn close(&mut self, mut tell: impl FnMut(Told)) {
        (self.is_open, self.begun) = (false, self.lane.stop());
        if let Some(last) = self.begun.checked_sub(1) {
            if let Some(ended) = self.before {
                tell(Told::Ended(ended));
            }
            if let Some(running) = self.id(last) {
                tell(Told::Running(running));
            }
        }
        let mut place = self.begun;
        while let Some(&id) = self.ids.get(place).filter(|_| place < self.lane.len()) {
            if let Some((id, action)) = id.zip(self.lane.take_back(place)) {
                tell(Told::Left(id, action));
            }
            place += 1;
        }
    }

    /// The registered handler at that place.
    fn id(&self, place: usize) -> Option<HandlerId> {
        *self.ids.get(place)?
    }

    /// How many registered handlers have not begun.
    #[cfg(feature = "signals")]
    pub(super) fn count_left(&self) -> usize {
        let left = self.ids.get(self.begun()..self.lane.len()).filter(|_| self.is_open);
        left.map_or(0, |left| left.iter().flatten().count())
    }

    /// In a forked child: the handlers are its parent's.
    pub(super) fn forget(&mut self) {
        self.is_open = false;
    }
}
