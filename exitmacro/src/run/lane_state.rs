//! What the state of the run knows of its [lanes](crate::run::lane).

use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::times::LANE_LOOK;

/// What the run knows of its lanes.
pub(super) struct LaneState {
    /// A lane was opened since the supervisor looked.
    pub(super) has_news: bool,
    /// Few handlers of the last lane began before another thread closed it: they are slow, or
    /// register and unregister others.
    pub(super) are_idle: bool,
    /// The ranks that the order had when handlers ran in lanes, if it has others now.
    pub(super) earlier: Vec<Rank>,
}

impl LaneState {
    pub(super) const fn new() -> Self {
        Self { has_news: false, are_idle: false, earlier: Vec::new() }
    }

    /// When the supervisor has to look again at a lane.
    pub(super) fn next_look(&mut self, now: Moment) -> Moment {
        if core::mem::take(&mut self.has_news) { now.plus(LANE_LOOK) } else { Moment::NEVER }
    }
}
