//! Places of children, who has the claim, and for whom the owner waits.

use super::*;
use crate::fork::child::{ALIVE, BITS, DOUBTFUL, EXPECTED};
use crate::fork::identity::me;
use crate::times::ADOPTION_BY_DAEMON_TIMEOUT;
use core::time::Duration;

fn shared() -> SharedMemory {
    SharedMemory::map().expect("there is memory")
}

fn child(shared: &SharedMemory, place: usize) -> Child {
    shared.child(place).expect("the place exists")
}

fn states(shared: &SharedMemory) -> Vec<u64> {
    shared.children().map(|child| child.state().load(Ordering::Relaxed)).collect()
}

#[test]
fn every_child_gets_a_place_until_there_is_none() {
    let shared = shared();
    let mut places: Vec<_> =
        (0..SharedMemory::PLACES as u64).map(|number| shared.place(number + 2)).collect();
    places.sort_unstable();
    assert!(places.into_iter().eq(0..SharedMemory::PLACES));
    let before = states(&shared);
    assert_eq!(shared.place(1_000), NO_PLACE);
    assert_eq!(states(&shared), before);
}

#[test]
fn places_are_used_again_when_their_children_are_gone() {
    let shared = shared();
    for number in 0..SharedMemory::PLACES as u64 {
        shared.place(number + 2);
    }
    // One that never ran, and one whose fork failed.
    child(&shared, 7).0[1].store(0, Ordering::Relaxed);
    child(&shared, 9).state().store(0, Ordering::Relaxed);
    let mut again = [shared.place(1_000), shared.place(1_001)];
    again.sort_unstable();
    assert_eq!(again, [7, 9]);
    assert_eq!(shared.place(1_002), NO_PLACE);
    // One whose fork may have failed, or whose end nothing notes, gives way when there is no
    // other place.
    child(&shared, 5).state().store(6 << BITS | DOUBTFUL, Ordering::Relaxed);
    child(&shared, 5).0[1].store(Moment::now().to_bits(), Ordering::Relaxed);
    assert_eq!(shared.place(1_004), 5);
    child(&shared, 3).state().store(5 << BITS | ALIVE, Ordering::Relaxed);
    assert_eq!(shared.place(1_003), 3);
}

/// What a process registers after the fork of the child that adopts its handlers stays its own,
/// also when a child of that child adopts them in turn.
#[test]
fn each_owner_knows_what_was_adopted_from_it() {
    let shared = shared();
    for owner in 1..=7 {
        shared.note_adoption(owner, 10 * owner);
    }
    assert_eq!([1, 2, 5].map(|owner| shared.adopted_from(owner)), [10, 20, 50]);
    // More than are noted.
    assert_eq!([6, 7, 8].map(|owner| shared.adopted_from(owner)), [70, 70, 70]);
}

#[test]
fn a_claim_that_changes_hands_is_waited_for_and_not_for_ever() {
    let shared = shared();
    shared.claim_word().store(CHANGING, Ordering::Relaxed);
    let since = Moment::now();
    assert_eq!(shared.hand_over(2, 3), Err(CHANGING));
    assert!(
        Moment::now().since(since) >= Duration::from_millis(500),
        "the adopting process had no time to finish"
    );
    shared.claim_word().store(2, Ordering::Relaxed);
    assert_eq!((shared.hand_over(2, 3), shared.hand_over(2, 3)), (Ok(2), Err(3)));
}

#[cfg(unix)]
#[test]
fn handlers_are_lost_when_their_owner_is_gone_and_no_process_is_left_for_them() {
    const OWNER: u64 = 77;
    let (shared, me) = (shared(), OWNER + 1);
    let mut process = std::process::Command::new("true").spawn().expect("it starts");
    let gone = process.id();
    process.wait().expect("it ends");
    shared.claim_word().store(OWNER, Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, me), None, "its process id is not known");
    shared.owner_process().store(u64::from(std::process::id()), Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, me), None, "it lives");
    shared.owner_process().store(u64::from(gone), Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, OWNER), None, "the owner itself asks");
    shared.claim_word().store(SPENT, Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, me), None, "they have run");
    shared.claim_word().store(OWNER, Ordering::Relaxed);
    let place = shared.place(me + 1);
    child(&shared, place).0[2].store(me + 2, Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, me), None, "another child may adopt them");
    child(&shared, place).state().store(0, Ordering::Relaxed);
    assert_eq!(shared.lost_by(OWNER, me), Some(gone));
    assert_eq!(shared.lost_by(OWNER, me), None, "it was said");
}

#[test]
fn nothing_is_waited_for_but_children() {
    let shared = shared();
    let now = Moment::now();
    assert!(shared.children().all(|child| child.adoption_timeout(now).is_none()));
    let place = shared.place(me() + 1);
    let child = child(&shared, place);
    // Another process forked it, or else it matters whether the tests have children.
    child.0[2].store(me() + 2, Ordering::Relaxed);
    assert_eq!(child.adoption_timeout(Moment::now()), Some(Duration::MAX));
    assert_eq!(child.adoption_timeout(Moment::now().plus(ADOPTION_BY_DAEMON_TIMEOUT)), None);
    // One whose fork may have failed.
    child.state().store((me() + 1) << BITS | DOUBTFUL, Ordering::Relaxed);
    let forked_at = child.forked_at();
    let adoption_timeout = [0, 49, 50, 999, 1_000].map(|milliseconds| {
        child.adoption_timeout(forked_at.plus(Duration::from_millis(milliseconds)))
    });
    let short = Some(Duration::from_millis(50));
    assert_eq!(adoption_timeout, [Some(Duration::MAX), Some(Duration::MAX), short, short, None]);
    child.state().store(me() << BITS | EXPECTED, Ordering::Relaxed);
    assert_eq!(child.adoption_timeout(Moment::now()), None);
}
