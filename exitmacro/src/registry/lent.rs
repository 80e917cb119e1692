//! The handlers that were lent to a lane. What they do is moved out of their slots before they
//! begin, so that a runner begins them without the lock of the table.

use crate::handler::clock::Moment;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::sys::{Lane, LaneRunner, PLACES};
use core::mem::MaybeUninit;

pub(super) struct Lent {
    lane: Lane<Action>,
    /// By their places; `None` for declared handlers.
    ids: [Option<HandlerId>; PLACES],
    /// The registered handler that ends when the first one in the lane begins.
    before: Option<HandlerId>,
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

impl Lent {
    pub(super) const fn new() -> Self {
        Self { lane: Lane::new(), ids: [None; PLACES], before: None }
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
        self.before = before;
        Some(runner)
    }

    /// How many have begun of those that were lent last.
    pub(super) fn begun(&self) -> usize {
        self.lane.begun()
    }

    /// When the runner left the lane that was opened last, if it has.
    pub(super) fn left_at(&self) -> Option<Moment> {
        Some(self.lane.left_at()).filter(|&left| left != 0).map(Moment::from_bits)
    }

    /// Closes the lane, and tells the slots of what they cannot know. (A handler that began, and
    /// behind which another one began, has ended.)
    pub(super) fn close(&mut self, mut tell: impl FnMut(Told)) {
        let begun = self.lane.stop();
        if let Some(last) = begun.checked_sub(1) {
            if let Some(ended) = self.before {
                tell(Told::Ended(ended));
            }
            if let Some(&Some(running)) = self.ids.get(last) {
                tell(Told::Running(running));
            }
        }
        for (place, id) in self.ids.iter().enumerate().take(self.lane.len()).skip(begun) {
            if let Some((id, action)) = id.zip(self.lane.take_back(place)) {
                tell(Told::Left(id, action));
            }
        }
    }

    /// How many registered handlers have not begun, while the lane is open.
    #[cfg(feature = "signals")]
    pub(super) fn count_left(&self) -> usize {
        let left = self.ids.get(self.begun()..self.lane.len());
        left.map_or(0, |left| left.iter().flatten().count())
    }
}
