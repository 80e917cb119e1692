//! A lane: values that a runner uses one after the other without a lock, until their owner stops
//! it.
//!
//! One atomic word says how many values have begun. To begin the next one, the runner increments
//! the word. To stop, the owner sets a bit of it. Both are one operation each, so a value is either
//! the runner's or the owner's, never both's. The word is never the same for two fillings, so a
//! runner that comes late begins nothing of a later one.
//!
//! Each value has a key, which both may read.
//!
//! The kernel gives a child that is forked zeroes in place of a lane, also one that is forked by a
//! bare `clone`. So a copy of the runner, which exists in such a child, begins nothing there.

use crate::sys::memory_wiped_in_children;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many values a lane has room for.
pub(crate) const PLACES: usize = 128;

/// The owner has stopped the lane.
const STOPPED: u64 = 1 << 63;

/// The lowest bits are the number of values that have begun. Those above it tell fillings apart.
const FILLING: u64 = 1 << 8;

const _: () = assert!((PLACES as u64) < FILLING);

struct Shared<T> {
    word: AtomicU64,
    /// The word behind the last value that the runner has done with.
    done: AtomicU64,
    /// The time at which the runner left the lane; 0 before. Written before `done`.
    left_at: AtomicU64,
    keys: [[AtomicU64; 2]; PLACES],
    places: [Place<T>; PLACES],
}

type Place<T> = UnsafeCell<MaybeUninit<Option<T>>>;

/// What its owner knows a value by.
pub(crate) type LaneKey = [u64; 2];

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

    fn key(&self, place: usize) -> Option<LaneKey> {
        Some(self.keys.get(place)?.each_ref().map(|half| half.load(Ordering::Relaxed)))
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

    /// Puts the values of items in, for the runner that is returned, as long as there is room and
    /// `put` returns the key of what it has put into the place. What is left of an earlier filling
    /// is lost. Without a lane, takes none and returns `None`.
    #[inline]
    pub(crate) fn fill<I: Copy>(
        &mut self,
        items: &[I],
        mut put: impl FnMut(I, &mut MaybeUninit<Option<T>>) -> Option<LaneKey>,
    ) -> Option<LaneRunner<T>> {
        self.stop();
        // A runner may still use a value of another one, or never return from that.
        let shared = self.shared.filter(|shared| shared.is_left()).or_else(|| self.renew())?;
        self.filling += FILLING;
        let mut count = 0;
        for ((&item, place), key) in items.iter().zip(&shared.places).zip(&shared.keys) {
            // SAFETY: the lane is stopped, and the runner has done with what it had begun, so no
            // other thread has access to the place.
            let place = unsafe { &mut *place.get() };
            place.write(None);
            let Some(halves) = put(item, place) else { break };
            for (to, half) in key.iter().zip(halves) {
                to.store(half, Ordering::Relaxed);
            }
            count += 1;
        }
        self.count = count;
        shared.done.store(self.filling, Ordering::Relaxed);
        shared.left_at.store(0, Ordering::Relaxed);
        shared.word.store(self.filling, Ordering::Release);
        Some(LaneRunner { shared, word: self.filling, end: self.filling + count as u64 })
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

    /// The key of a value of the last filling.
    pub(crate) fn key(&self, place: usize) -> Option<LaneKey> {
        self.shared.filter(|_| place < self.count)?.key(place)
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

    /// How many values this runner has begun.
    pub(crate) fn begun(&self) -> usize {
        (self.word % FILLING) as usize
    }

    /// The key of the value that this runner has begun last.
    pub(crate) fn last_key(&self) -> Option<LaneKey> {
        self.shared.key(self.begun().checked_sub(1)?)
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
    pub(crate) fn begin(&mut self) -> Option<&mut T> {
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
        unsafe { (*place.get()).assume_init_mut() }.as_mut()
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
