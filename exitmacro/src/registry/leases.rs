//! How a runner gets several handlers: those of a lease one by one, under the lock of the table, or
//! those of a lane at once.

use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::handler::{Callback, Queued, Returned};
use crate::registry::entry::{Entry, Label, Metadata};
use crate::registry::lent::Told;
use crate::registry::table::Table;
#[cfg(feature = "signals")]
use crate::registry::view::View;
use crate::sys::{LaneRunner, PLACES};
use core::time::Duration;

impl Table {
    /// Has room for the labels of so many leased handlers; `false` when there is no memory for it.
    pub(crate) fn make_room_for_leased(&mut self, count: usize) -> bool {
        self.leased.make_room(count)
    }

    /// Takes a leased handler out in order to run it, behind the one that has just `ended`, if that
    /// was in here. Puts what it does into `action`. `None` when it is gone, when it is not simple
    /// or `begins` refuses its timeout, and when another one was registered that may go before it.
    #[inline(always)]
    pub(crate) fn begin_leased(
        &mut self,
        handler: Queued,
        ended: Option<HandlerId>,
        begins: impl FnOnce(Option<Duration>) -> bool,
        action: &mut Option<Action>,
    ) -> Option<HandlerId> {
        let (id, is_next) = (HandlerId::of(self.rank_of_queued(handler)?), !self.has_latecomers());
        let begins = |metadata: &Metadata| is_next && metadata.simple_timeout().is_some_and(begins);
        let (label, taken) = self.take_if(id, begins)?;
        self.leased.push(label);
        *action = Some(taken);
        if let Some(ended) = ended {
            self.ended(ended);
        }
        Some(id)
    }

    /// Opens a lane for those of the handlers at the beginning that fit into one whose timeout is
    /// `timeout`, behind the registered one that is running, if that is in here. `None` where there
    /// are no lanes.
    pub(crate) fn open_lane(
        &mut self,
        handlers: &[Queued],
        declared: &'static [Declared],
        timeout: Duration,
        running: Option<HandlerId>,
    ) -> Option<LaneRunner<Action>> {
        let Self { lent, leased, slots, inheritance, runnable, queued_up_to, .. } = self;
        if !leased.make_room(1) {
            return None;
        }
        let (handlers, up_to) = (handlers.get(..PLACES).unwrap_or(handlers), *queued_up_to);
        if are_far_apart(handlers) {
            slots.fetch(handlers, up_to);
        }
        let mut count = 0;
        let runner = lent.open(handlers, running, |handler, place| {
            if handler.is_declared() {
                let handler = declared.get(handler.index() as usize)?;
                if !handler.options.fits_into_lane(timeout) {
                    return None;
                }
                place.write(Some(Action::new(DeclaredCall(handler.function()))));
                return Some(None);
            }
            let fits =
                |entry: &Entry| inheritance.owns(entry) && entry.metadata.fits_into_lane(timeout);
            let id = slots.lend(handler.index(), up_to, fits, place)?;
            count += 1;
            Some(Some(id))
        })?;
        *runnable -= count;
        self.close_lane = Some(Self::close_lane_now);
        Some(runner)
    }

    /// Closes the lane, if it is open: those that have not begun wait again. Then all that were in
    /// it are as if there had been none, except that those that have ended keep their slots, for
    /// the [report](Self::take_lent).
    #[inline]
    pub(crate) fn recall(&mut self) {
        if let Some(close) = self.close_lane.take() {
            close(self);
        }
    }

    fn close_lane_now(&mut self) {
        let Self { lent, leased, slots, runnable, .. } = self;
        lent.close(|handler| match handler {
            Told::Ended(id) => slots.ended(id),
            Told::Running(id) => {
                slots.run_lent(id).into_iter().for_each(|label| leased.push(label))
            }
            Told::Left(id, action) => {
                slots.put_back(id, action);
                *runnable += 1;
            }
        });
    }

    /// How many handlers have begun of those in the last lane.
    pub(crate) fn begun_in_lane(&self) -> usize {
        self.lent.begun()
    }

    /// When the runner left the last lane, if it has.
    pub(crate) fn left_lane(&self) -> Option<Moment> {
        self.lent.left_at()
    }

    /// What the registered handler is, which ended in a lane. Not to be asked again.
    pub(crate) fn take_lent(&mut self, handler: Queued) -> Option<Label> {
        self.slots.take_lent(handler.index())
    }

    /// The leased handler that has begun last, which is this registered one.
    #[cfg(feature = "signals")]
    pub(crate) fn last_leased(&self, handler: Queued) -> Option<View<'_>> {
        let lent = self.slots.lent_entry(handler.index()).map(View::from);
        lent.or_else(|| self.leased.last().map(View::from))
    }

    /// How many registered handlers have not begun, also of those in the lane.
    #[cfg(feature = "signals")]
    pub(crate) fn count_left(&self) -> usize {
        // Of a closed lane they wait again.
        let lent = self.close_lane.map_or(0, |_| self.lent.count_left());
        self.len() + lent
    }

    /// What the leased handlers are, in order, that have begun and were not asked for yet.
    pub(crate) fn take_leased(&mut self) -> std::vec::Drain<'_, Label> {
        self.leased.take()
    }
}

/// What a declared handler does, as an action.
struct DeclaredCall(fn(&ExitContext) -> Returned);

impl Callback for DeclaredCall {
    fn call(self, exit: &ExitContext) -> Returned {
        self.0(exit)
    }

    fn type_name() -> &'static str {
        core::any::type_name::<Self>()
    }
}

/// Handlers whose slots are further apart are not in the processor's cache together.
const FAR: u32 = 4_096;

/// Whether handlers that follow each other are far apart in memory.
fn are_far_apart(handlers: &[Queued]) -> bool {
    let ends = handlers.first().zip(handlers.last());
    ends.is_some_and(|(first, last)| first.index().abs_diff(last.index()) > FAR)
}
