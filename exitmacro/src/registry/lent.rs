//! The handlers that were lent to a lane. What they do is moved out of their slots before they
//! begin, so that a runner begins them without the lock of the table.

use crate::handler::Queued;
use crate::handler::clock::Moment;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::sys::{Lane, LaneKey, LaneRunner};
use core::mem::MaybeUninit;
use core::num::NonZeroU64;

pub(super) struct Lent {
    lane: Lane<Action>,
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
        Self { lane: Lane::new(), before: None }
    }

    /// Opens the lane for handlers at the beginning of these. `put` puts the action of one into a
    /// place and returns its id, if it is registered; `None` ends the lane before it. Where there
    /// are no lanes, returns `None` and asks for no handler.
    #[inline]
    pub(super) fn open(
        &mut self,
        handlers: &[Queued],
        before: Option<HandlerId>,
        mut put: impl FnMut(Queued, &mut MaybeUninit<Option<Action>>) -> Option<Option<HandlerId>>,
    ) -> Option<LaneRunner<Action>> {
        let runner = self.lane.fill(handlers, |handler, place| put(handler, place).map(key_of))?;
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
            if let Some(running) = self.lane.key(last).and_then(id_of) {
                tell(Told::Running(running));
            }
        }
        for place in begun..self.lane.len() {
            let id = self.lane.key(place).and_then(id_of);
            if let Some((id, action)) = id.zip(self.lane.take_back(place)) {
                tell(Told::Left(id, action));
            }
        }
    }

    /// How many registered handlers have not begun, while the lane is open.
    #[cfg(feature = "signals")]
    pub(super) fn count_left(&self) -> usize {
        let left = self.begun()..self.lane.len();
        left.filter_map(|place| self.lane.key(place).and_then(id_of)).count()
    }
}

/// The key of a handler in the lane, by its id; a declared one has none.
fn key_of(id: Option<HandlerId>) -> LaneKey {
    id.map_or([0, 0], |id| [id.slot.into(), id.sequence()])
}

/// The registered handler with this key.
pub(crate) fn id_of([slot, sequence]: LaneKey) -> Option<HandlerId> {
    Some(HandlerId { slot: slot as u32, sequence: NonZeroU64::new(sequence)? })
}
