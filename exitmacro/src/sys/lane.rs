//! A lane: values that a runner uses one after the other without a lock, until their owner stops
//! it.
//!
//! One atomic word says how many values have begun. To begin the next one, the runner increments
//! the word. To stop, the owner sets a bit of it. Both are one operation each, so a value is either
//! the runner's or the owner's, never both's. The word is never the same for two fillings, so a
//! runner that comes late begins nothing of a later one.
//!
//! The kernel gives a child that is forked zeroes in place of a lane, also one that is forked by a
//! bare `clone`. So a copy of the runner, which exists in such a child, begins nothing there.

use crate::sys::memory_wiped_in_children;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many values a lane has room for.
pub(crate) const PLACES: usize = 64;

/// The owner has stopped the lane.
const STOPPED: u64 = 1 << 63;

/// The lowest bits are the number of values that have begun. Those above it tell fillings apart.
const FILLING: u64 = 1 << 8;

struct Shared<T> {
    word: AtomicU64,
    /// The word behind the last value that the runner has done with.
    done: AtomicU64,
    /// The time at which the runner left the lane; 0 before. Written before `done`.
    left_at: AtomicU64,
    places: [Place<T>; PLACES],
}

type Place<T> = UnsafeCell<MaybeUninit<Option<T>>>;

// SAFETY: a place is written when the lane is filled, while no other thread has access to it.
// Afterwards it is the runner's if it has begun, and the owner's if the lane was stopped before
// that, as the word tells both of them. So values go from one thread to another one.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// In memory of its own; `None` where there is none, or where children would see it.
    fn new() -> Option<&'static Self> {
        let shared: NonNull<Self> = memory_wiped_in_children(size_of::<Self>())?.cast();
        // SAFETY: the memory is large enough, aligned as pages are, never unmapped, and this
        // crate's alone. Zeroes are valid for the atomics, and anything is for the places.
        Some(unsafe { shared.as_ref() })
    }

    /// Whether the runner has done with all that has begun.
    fn is_left(&self) -> bool {
        self.done.load(Ordering::Acquire) == self.word.load(Ordering::Relaxed) & !STOPPED
    }
}

/// The owner's end of a lane.
pub(crate) struct Lane<T: Send + 'static> {
    shared: Option<&'static Shared<T>>,
    /// The word of the last filling, when none of it has begun.
    filling: u64,
    count: usize,
    /// The system has no such memory.
    is_refused: bool,
}

impl<T: Send + 'static> Lane<T> {
    pub(crate) const fn new() -> Self {
        Self { shared: None, filling: 0, count: 0, is_refused: false }
    }

    /// Puts values in, for the runner that is returned, as long as `put` does so. A place without a
    /// value begins as well. What is left of an earlier filling is lost. Without a lane, takes none
    /// and returns `None`.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        mut put: impl FnMut(usize, &mut MaybeUninit<Option<T>>) -> bool,
    ) -> Option<LaneRunner<T>> {
        self.stop();
        // A runner may still use a value of another one, or never return from that.
        let shared = self.shared.filter(|shared| shared.is_left()).or_else(|| self.renew())?;
        self.filling += FILLING;
        self.count = 0;
        for (index, place) in shared.places.iter().enumerate() {
            // SAFETY: the lane is stopped, and the runner has done with what it had begun, so no
            // other thread has access to the place.
            let place = unsafe { &mut *place.get() };
            place.write(None);
            if !put(index, place) {
                break;
            }
            self.count += 1;
        }
        shared.done.store(self.filling, Ordering::Relaxed);
        shared.left_at.store(0, Ordering::Relaxed);
        shared.word.store(self.filling, Ordering::Release);
        Some(LaneRunner { shared, word: self.filling, end: self.filling + self.count as u64 })
    }

    #[cold]
    fn renew(&mut self) -> Option<&'static Shared<T>> {
        if !self.is_refused {
            self.shared = Shared::new();
            self.is_refused = self.shared.is_none();
        }
        self.shared
    }

    /// How many values the last filling has.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// How many values of the last filling have begun.
    pub(crate) fn begun(&self) -> usize {
        self.shared.map_or(0, |shared| self.begun_in(shared.word.load(Ordering::Acquire)))
    }

    /// None where the word is another one's: in a forked child.
    fn begun_in(&self, word: u64) -> usize {
        let begun = (word & !STOPPED).wrapping_sub(self.filling) as usize;
        if begun <= self.count { begun } else { 0 }
    }

    /// When the runner of the last filling left, as it said; 0 before.
    pub(crate) fn left_at(&self) -> u64 {
        self.shared.map_or(0, |shared| shared.left_at.load(Ordering::Acquire))
    }

    /// From now on no value begins. Returns how many have begun.
    pub(crate) fn stop(&mut self) -> usize {
        self.shared
            .map_or(0, |shared| self.begun_in(shared.word.fetch_or(STOPPED, Ordering::AcqRel)))
    }

    /// Takes a value back that has not begun when the lane was stopped.
    pub(crate) fn take_back(&mut self, place: usize) -> Option<T> {
        let shared = self.shared?;
        let word = shared.word.load(Ordering::Acquire);
        let begun = (word & !STOPPED).checked_sub(self.filling)? as usize;
        if word & STOPPED == 0 || !(begun..self.count).contains(&place) {
            return None;
        }
        // SAFETY: the word is that of this filling, whose values were written, and it is stopped,
        // so the runner does not get to this place. `self` is borrowed exclusively.
        unsafe { (*shared.places.get(place)?.get()).assume_init_mut().take() }
    }
}

/// The runner's end of one filling.
pub(crate) struct LaneRunner<T: Send + 'static> {
    shared: &'static Shared<T>,
    /// As far as this runner has begun.
    word: u64,
    end: u64,
}

impl<T: Send + 'static> LaneRunner<T> {
    /// How many values are in the lane that this runner has not begun.
    pub(crate) fn left(&self) -> usize {
        (self.end - self.word) as usize
    }

    /// Leaves the lane. If a value has begun, its owner learns that this was at that time.
    pub(crate) fn leave(self, at: u64) {
        // Otherwise another runner may have the lane by now. With a value that has begun, the lane
        // is not filled again before this tells that it is done.
        if !self.word.is_multiple_of(FILLING) {
            self.shared.left_at.store(at, Ordering::Relaxed);
            self.shared.done.store(self.word, Ordering::Release);
        }
    }

    /// Begins the next value, for use until the next call; `None` behind the last one, and when the
    /// lane was stopped.
    #[inline(always)]
    pub(crate) fn begin(&mut self) -> Option<Option<&mut T>> {
        let (word, next) = (self.word, self.word + 1);
        let begins = word < self.end
            && self
                .shared
                .word
                .compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        if !begins {
            return None;
        }
        self.word = next;
        let place = &self.shared.places[(word % FILLING) as usize % PLACES];
        // SAFETY: this runner is the only one of its filling, and has begun this place, which was
        // written before. The owner neither takes it back nor writes it again before the runner
        // has left the lane, and until then the runner uses it here only. `self` is borrowed
        // exclusively as long as the reference lives.
        Some(unsafe { (*place.get()).assume_init_mut() }.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    /// Where the system has no such memory, there are no lanes.
    fn filled<T: Send>(values: Vec<Option<T>>) -> Option<(Lane<T>, LaneRunner<T>)> {
        let mut lane = Lane::new();
        let runner = fill(&mut lane, values)?;
        Some((lane, runner))
    }

    fn fill<T: Send>(
        lane: &mut Lane<T>,
        values: impl IntoIterator<Item = Option<T>>,
    ) -> Option<LaneRunner<T>> {
        let mut values = values.into_iter();
        lane.fill(|_, place| {
            values.next().is_some_and(|value| {
                place.write(value);
                true
            })
        })
    }

    /// Begins the next value and copies it.
    fn next(runner: &mut LaneRunner<i32>) -> Option<Option<i32>> {
        runner.begin().map(|value| value.copied())
    }

    #[test]
    fn values_begin_in_order_and_end_the_lane() {
        let Some((lane, mut runner)) = filled(vec![Some(1), None, Some(3)]) else { return };
        assert_eq!((runner.left(), lane.begun()), (3, 0));
        assert_eq!(next(&mut runner), Some(Some(1)));
        assert_eq!(next(&mut runner), Some(None));
        assert_eq!((runner.left(), lane.begun()), (1, 2));
        assert_eq!(next(&mut runner), Some(Some(3)));
        assert_eq!((next(&mut runner), lane.begun(), lane.left_at()), (None, 3, 0));
        runner.leave(7);
        assert_eq!(lane.left_at(), 7);
    }

    #[test]
    fn what_has_not_begun_is_taken_back() {
        let Some((mut lane, mut runner)) = filled(vec![Some(1), Some(2), Some(3)]) else { return };
        assert_eq!(next(&mut runner), Some(Some(1)));
        assert_eq!(lane.take_back(1), None, "the lane is not stopped");
        assert_eq!(lane.stop(), 1);
        assert_eq!(next(&mut runner), None);
        assert_eq!((lane.take_back(0), lane.take_back(1)), (None, Some(2)));
        assert_eq!((lane.take_back(1), lane.take_back(3)), (None, None));
        assert_eq!((lane.stop(), lane.begun()), (1, 1));
    }

    #[test]
    fn a_runner_begins_nothing_of_a_later_filling() {
        let Some((mut lane, mut late)) = filled(vec![Some(1), Some(2)]) else { return };
        assert_eq!(next(&mut late), Some(Some(1)));
        let mut runner = fill(&mut lane, [Some(3)]).expect("there was memory before");
        assert_eq!(next(&mut late), None);
        late.leave(7);
        assert_eq!((next(&mut runner), lane.begun(), lane.left_at()), (Some(Some(3)), 1, 0));
        assert!(fill(&mut lane, []).is_some_and(|runner| runner.left() == 0));
    }

    #[test]
    fn a_value_that_is_in_use_keeps_its_lane() {
        let Some((mut lane, mut runner)) = filled(vec![Some(1)]) else { return };
        let first = runner.shared;
        let value = runner.begin().flatten().expect("it is the first one");
        let other = fill(&mut lane, [Some(2)]).expect("there was memory before");
        assert!(!core::ptr::eq(other.shared, first));
        assert_eq!(*value, 1);
        runner.leave(7);
        assert_eq!(lane.left_at(), 0);
        let same = fill(&mut lane, [Some(3)]).expect("there was memory before");
        assert!(core::ptr::eq(same.shared, other.shared), "its runner has begun nothing");
    }

    /// Counts how often one was used or taken back.
    struct Counted(Arc<AtomicUsize>);

    #[test]
    fn each_value_goes_to_one_of_two_threads() {
        let rounds = if cfg!(miri) { 3 } else { 2_000 };
        let mut lane = Lane::new();
        for round in 0..rounds {
            let drops = Arc::new(AtomicUsize::new(0));
            let values = (0..PLACES).map(|_| Some(Counted(Arc::clone(&drops))));
            let Some(mut runner) = fill(&mut lane, values) else { return };
            let begun = std::thread::scope(|scope| {
                let thread = scope.spawn(move || {
                    let mut begun = 0;
                    while let Some(Some(value)) = runner.begin() {
                        value.0.fetch_add(1, Ordering::Relaxed);
                        begun += 1;
                    }
                    runner.leave(1);
                    begun
                });
                for _ in 0..round % 50 {
                    core::hint::spin_loop();
                }
                let begun = lane.stop();
                let mut back = 0;
                for value in (0..PLACES).filter_map(|place| lane.take_back(place)) {
                    value.0.fetch_add(1, Ordering::Relaxed);
                    back += 1;
                }
                assert_eq!(begun + back, PLACES);
                assert_eq!(thread.join().expect("it does not panic"), begun);
                begun
            });
            assert_eq!(drops.load(Ordering::Relaxed), PLACES, "{begun} had begun");
        }
    }

    #[test]
    fn a_lane_fits_into_a_page() {
        assert!(size_of::<Shared<[usize; 4]>>() <= 4096);
    }
}
