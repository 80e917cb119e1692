//! Lanes, whose values go to one of two threads.

use super::*;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Where the system has no such memory, there are no lanes.
fn filled<T: Send>(values: Vec<T>) -> Option<(Lane<T>, LaneRunner<T>)> {
    let mut lane = Lane::new();
    let runner = fill(&mut lane, values)?;
    Some((lane, runner))
}

fn fill<T: Send>(lane: &mut Lane<T>, values: impl IntoIterator<Item = T>) -> Option<LaneRunner<T>> {
    let mut values = values.into_iter();
    let numbers: Vec<u64> = (0..PLACES as u64 + 1).collect();
    lane.fill(&numbers, |number, place| {
        place.write(Some(values.next()?));
        Some([number, number + 1])
    })
}

/// Begins the next value and copies it.
fn next(runner: &mut LaneRunner<i32>) -> Option<i32> {
    runner.begin().copied()
}

#[test]
fn values_begin_in_order_and_end_the_lane() {
    let Some((lane, mut runner)) = filled(vec![1, 2, 3]) else { return };
    assert_eq!((runner.left(), runner.begun(), lane.begun()), (3, 0, 0));
    assert_eq!(next(&mut runner), Some(1));
    assert_eq!(next(&mut runner), Some(2));
    assert_eq!((runner.left(), runner.begun(), lane.begun()), (1, 2, 2));
    assert_eq!(next(&mut runner), Some(3));
    assert_eq!((next(&mut runner), runner.begun()), (None, 3));
    assert_eq!(runner.last_key(), Some([2, 3]));
    assert_eq!((lane.key(0), lane.key(2), lane.key(3)), (Some([0, 1]), Some([2, 3]), None));
    assert_eq!((lane.begun(), lane.left_at()), (3, 0));
    runner.leave(7);
    assert_eq!(lane.left_at(), 7);
}

#[test]
fn what_has_not_begun_is_taken_back() {
    let Some((mut lane, mut runner)) = filled(vec![1, 2, 3]) else { return };
    assert_eq!(next(&mut runner), Some(1));
    assert_eq!(lane.take_back(1), None, "the lane is not stopped");
    assert_eq!(lane.stop(), 1);
    assert_eq!(next(&mut runner), None);
    assert_eq!((lane.take_back(0), lane.take_back(1)), (None, Some(2)));
    assert_eq!((lane.take_back(1), lane.take_back(3)), (None, None));
    assert_eq!((lane.stop(), lane.begun()), (1, 1));
}

#[test]
fn a_runner_begins_nothing_of_a_later_filling() {
    let Some((mut lane, mut late)) = filled(vec![1, 2]) else { return };
    assert_eq!(next(&mut late), Some(1));
    let mut runner = fill(&mut lane, [3]).expect("there was memory before");
    assert_eq!(next(&mut late), None);
    late.leave(7);
    assert_eq!((next(&mut runner), lane.begun(), lane.left_at()), (Some(3), 1, 0));
    assert!(fill(&mut lane, []).is_some_and(|runner| runner.left() == 0));
}

#[test]
fn a_value_that_is_in_use_keeps_its_lane() {
    let Some((mut lane, mut runner)) = filled(vec![1]) else { return };
    let first = runner.shared;
    let value = runner.begin().expect("it is the first one");
    let other = fill(&mut lane, [2]).expect("there was memory before");
    assert!(!core::ptr::eq(other.shared, first));
    assert_eq!(*value, 1);
    runner.leave(7);
    assert_eq!(lane.left_at(), 0);
    let same = fill(&mut lane, [3]).expect("there was memory before");
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
        let values = (0..PLACES).map(|_| Counted(Arc::clone(&drops)));
        let Some(mut runner) = fill(&mut lane, values) else { return };
        let begun = std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                let mut begun = 0;
                while let Some(value) = runner.begin() {
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
fn a_lane_fits_into_two_pages() {
    assert!(size_of::<Shared<(core::num::NonZero<usize>, [usize; 3])>>() <= 2 * 4096);
}
