//! What the state of the run knows of its [lanes](crate::run::lane).

use crate::handler::Queued;
use crate::handler::clock::Moment;
use crate::order::queue::Later;
use crate::times::LANE_LOOK;

/// How many leases may come between two lanes.
const MOST_PAUSES: u8 = 63;

/// What the run knows of its lanes.
pub(super) struct LaneState {
    /// A lane was opened since the supervisor looked.
    pub(super) has_news: bool,
    /// How many times no lane is opened where one could be.
    pauses: u8,
    /// How many times that was when few handlers of a lane began the last time.
    last_pauses: u8,
    /// The queue that the order had when handlers ran in lanes, if it has none now.
    pub(super) earlier: Vec<Queued>,
    /// What puts handlers into the queue later, in a program that has lanes.
    pub(super) queue_later: Option<&'static Later>,
}

impl LaneState {
    pub(super) const fn new() -> Self {
        Self { has_news: false, pauses: 0, last_pauses: 0, earlier: Vec::new(), queue_later: None }
    }

    /// Whether no lane is to be opened this time.
    pub(super) fn pause(&mut self) -> bool {
        let pauses = self.pauses > 0;
        self.pauses = self.pauses.saturating_sub(1);
        pauses
    }

    /// So many of the handlers of a lane began before it was closed. If they are few, handlers are
    /// slow, or register and unregister others, and a lane takes longer to open than it saves. So
    /// the next one comes later each time that this happens.
    pub(super) fn note_begun(&mut self, begun: usize, count: usize) {
        let were_few = begun * 8 < count;
        self.last_pauses = if were_few { (2 * self.last_pauses + 1).min(MOST_PAUSES) } else { 0 };
        self.pauses = self.last_pauses;
    }

    /// When the supervisor has to look again at a lane.
    pub(super) fn next_look(&mut self, now: Moment) -> Moment {
        if core::mem::take(&mut self.has_news) { now.plus(LANE_LOOK) } else { Moment::NEVER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_lane_comes_later_each_time_that_few_begin() {
        let mut lanes = LaneState::new();
        let mut pauses = |begun| {
            lanes.note_begun(begun, 128);
            core::iter::from_fn(|| lanes.pause().then_some(())).count()
        };
        assert_eq!([15, 0, 1, 15, 7, 15, 15].map(&mut pauses), [1, 3, 7, 15, 31, 63, 63]);
        assert_eq!([16, 128, 15, 15].map(&mut pauses), [0, 0, 1, 3], "enough begin");
    }
}
