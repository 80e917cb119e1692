//! Callbacks of all shapes, called, dropped, and forgotten. Nothing here asks the operating system,
//! so Miri can run it.

use super::*;
use crate::handler::Erased;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::live::{Live, NO_INVOCATION};
use core::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

static LIVE: Live = Live::new();
static EXIT: ExitContext = ExitContext {
    reason: ExitReason::Requested,
    deadline: Moment::NEVER,
    invocation: NO_INVOCATION,
    slot: 0,
    live: &LIVE,
};

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static DROPS: Cell<usize> = const { Cell::new(0) };
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

/// How many calls and drops there were on this thread since the last time it was asked.
fn calls_and_drops() -> (usize, usize) {
    (CALLS.take(), DROPS.take())
}

/// A callback of any size and alignment, which knows whether it is whole.
struct Probe<const SIZE: usize, Alignment: Send + 'static = u8> {
    bytes: [u8; SIZE],
    _alignment: [Alignment; 0],
}

impl<const SIZE: usize, Alignment: Send + 'static> Probe<SIZE, Alignment> {
    fn new() -> Self {
        Self { bytes: core::array::from_fn(|place| place as u8 ^ 0x5a), _alignment: [] }
    }

    fn assert_whole(&self) {
        assert!(ptr::from_ref(self).is_aligned());
        assert!(self.bytes.iter().enumerate().all(|(place, &byte)| byte == place as u8 ^ 0x5a));
    }
}

impl<const SIZE: usize, Alignment: Send + 'static> Drop for Probe<SIZE, Alignment> {
    fn drop(&mut self) {
        self.assert_whole();
        DROPS.set(DROPS.get() + 1);
    }
}

impl<const SIZE: usize, Alignment: Send + 'static> Callback for Probe<SIZE, Alignment> {
    fn call(self, _exit: &ExitContext) -> Returned {
        self.assert_whole();
        CALLS.set(CALLS.get() + 1);
        assert!(!PANICS.get(), "as asked");
        Err("called".to_owned().into())
    }

    fn type_name() -> &'static str {
        "a probe"
    }
}

/// Whatever becomes of it, the callback is called at most once, and dropped once.
fn has_one_fate<const SIZE: usize, Alignment: Send + 'static>() {
    let new = || Action::new(Probe::<SIZE, Alignment>::new());
    calls_and_drops();

    assert_eq!(new().run(&EXIT), Err("called".to_owned().into()));
    assert_eq!(calls_and_drops(), (1, 1), "called");

    let mut in_place = new();
    assert_eq!(in_place.run_in_place(&EXIT), Err("called".to_owned().into()));
    assert_eq!(calls_and_drops(), (1, 1), "called in place");
    assert_eq!(in_place.run_in_place(&EXIT), Ok(()));
    drop(in_place);
    assert_eq!(calls_and_drops(), (0, 0), "it does nothing any more");

    drop(new());
    assert_eq!(calls_and_drops(), (0, 1), "dropped");

    let mut moved: Vec<Action> = (0..9).map(|_| new()).collect();
    moved.rotate_left(4);
    let one = moved.swap_remove(3);
    assert_eq!(calls_and_drops(), (0, 0), "moved");
    drop(moved);
    assert_eq!(calls_and_drops(), (0, 8), "the others of them");
    _ = one.run(&EXIT);
    assert_eq!(calls_and_drops(), (1, 1), "the moved one");

    PANICS.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| new().run(&EXIT))).is_err());
    PANICS.set(false);
    assert_eq!(calls_and_drops(), (1, 1), "panicked");

    // As what a forked child inherits, and as a handler that is skipped. It stays here until the
    // end of the program, so that no memory is lost.
    thread_local!(static KEPT: Cell<Vec<Action>> = const { Cell::new(Vec::new()) });
    let mut kept = KEPT.take();
    kept.push(new());
    KEPT.set(kept);
    assert_eq!(calls_and_drops(), (0, 0), "kept");
}

#[repr(align(4096))]
struct Page;

#[test]
fn small_callbacks_stay_in_place_and_have_one_fate() {
    assert!(
        fits::<Probe<0>>()
            && fits::<Probe<1>>()
            && fits::<Probe<24>>()
            && fits::<Probe<24, u64>>()
            && fits::<fn()>()
    );
    has_one_fate::<0, u8>();
    has_one_fate::<1, u8>();
    has_one_fate::<23, u8>();
    has_one_fate::<24, u8>();
    has_one_fate::<8, u64>();
    has_one_fate::<24, u64>();
}

#[test]
fn large_callbacks_take_memory_and_have_one_fate() {
    assert!(!fits::<Probe<25>>() && !fits::<Probe<32, u64>>() && !fits::<Probe<10_000>>());
    has_one_fate::<25, u8>();
    has_one_fate::<32, u64>();
    has_one_fate::<10_000, u8>();
}

#[test]
fn callbacks_of_a_large_alignment_take_memory_and_have_one_fate() {
    assert!(!fits::<Probe<16, u128>>() || align_of::<u128>() == 8);
    assert!(!fits::<Probe<0, Page>>());
    has_one_fate::<16, u128>();
    has_one_fate::<0, Page>();
    has_one_fate::<1, Page>();
}

#[test]
fn an_action_has_32_bytes() {
    assert_eq!((size_of::<Action>(), align_of::<Action>()), (32, 8));
}

#[test]
fn a_closure_keeps_what_it_captured() {
    let (text, numbers) = ("text".to_owned(), [1_u64, 2, 3]);
    let small = Action::new(Erased::<_, fn() -> _>::new(move || Err::<(), _>(text)));
    let large =
        Action::new(Erased::<_, fn() -> _>::new(move || Err::<(), _>(numbers.iter().sum::<u64>())));
    assert_eq!(small.run(&EXIT), Err("text".to_owned().into()));
    assert_eq!(large.run(&EXIT), Err("6".to_owned().into()));
}

#[test]
fn what_a_callback_owns_may_make_others_when_it_drops() {
    struct Nested(u32);

    impl Drop for Nested {
        fn drop(&mut self) {
            if let Some(less) = self.0.checked_sub(1) {
                let nested = Nested(less);
                drop(Action::new(Erased::<_, fn()>::new(move || drop(nested))));
            }
            DROPS.set(DROPS.get() + 1);
        }
    }

    calls_and_drops();
    let nested = Nested(3);
    let action = Action::new(Erased::<_, fn()>::new(move || drop(nested)));
    assert_eq!(action.run(&EXIT), Ok(()));
    assert_eq!(calls_and_drops(), (0, 4));
}

#[test]
fn the_type_is_told_also_when_the_callback_is_gone() {
    fn say_bye() {}
    let kept = Kept::new(Action::new(Erased::<_, fn()>::new(say_bye)), 7);
    let describer = kept.describer();
    _ = kept.into_action().expect("it waits").run(&EXIT);
    let description = describer.description();
    assert!(description.type_name.ends_with("say_bye"), "{}", description.type_name);
    assert_eq!(description.value_type, None);
    let boxed = Kept::new(Action::new(Probe::<25>::new()), 7).describer();
    assert_eq!(boxed.description().type_name, "a probe");
}

#[test]
fn a_kept_action_is_lent_once_and_may_come_back() {
    calls_and_drops();
    let keep = || Kept::new(Action::new(Probe::<24>::new()), 7);
    let mut kept = keep();
    assert!(kept.waits_as(7) && !kept.waits_as(8) && !kept.is_lent() && !kept.is_lent_as(7));
    assert!(kept.waits_up_to(7) && kept.waits_up_to(u64::MAX) && !kept.waits_up_to(6));
    assert_eq!(kept.lent_number(), None);
    let action = kept.lend().expect("it waits");
    assert!(!kept.waits_up_to(u64::MAX) && kept.lent_number() == Some(7));
    assert!(kept.is_lent() && kept.is_lent_as(7) && !kept.is_lent_as(8) && !kept.waits_as(7));
    assert!(kept.lend().is_none());
    assert_eq!(kept.describer().description().type_name, "a probe");
    kept = Kept::new(action, 7);
    assert_eq!(calls_and_drops(), (0, 0), "it came back");
    assert!(kept.waits_as(7));
    drop(kept);
    assert_eq!(calls_and_drops(), (0, 1), "dropped where it waited");

    let mut kept = keep();
    let action = kept.lend().expect("it waits");
    drop(kept);
    assert_eq!(calls_and_drops(), (0, 0), "what kept it has no callback");
    _ = action.run(&EXIT);
    assert_eq!(calls_and_drops(), (1, 1));

    _ = keep().into_action().expect("it waits").run(&EXIT);
    assert_eq!(calls_and_drops(), (1, 1), "taken out");

    let mut kept = keep();
    kept.drop_in_place();
    assert_eq!(calls_and_drops(), (0, 1));
    kept.drop_in_place();
    assert!(kept.lend().is_none());
    drop(kept);
    assert_eq!(calls_and_drops(), (0, 0), "it was dropped");
}

#[test]
fn a_callback_is_taken_out_by_its_own_type_only() {
    calls_and_drops();
    let mut kept = Kept::new(Action::new(Probe::<8>::new()), 7);
    assert!(kept.take::<Probe<8, u64>>().is_none() && kept.take::<Box<Probe<8>>>().is_none());
    let probe = kept.take::<Probe<8>>().expect("its type");
    assert!(kept.take::<Probe<8>>().is_none() && kept.lend().is_none(), "it was taken");
    drop(kept);
    assert_eq!(calls_and_drops(), (0, 0));
    drop(probe);
    assert_eq!(calls_and_drops(), (0, 1));
    let mut boxed = Kept::new(Action::new(Probe::<25>::new()), 7);
    assert!(boxed.take::<Probe<25>>().is_none(), "it is in a box");
    assert_eq!(calls_and_drops(), (0, 0));
    drop(boxed.take::<Box<Probe<25>>>().expect("it is in a box"));
    assert_eq!(calls_and_drops(), (0, 1));
    let mut lent = Kept::new(Action::new(Probe::<8>::new()), 7);
    let action = lent.lend().expect("it waits");
    assert!(lent.take::<Probe<8>>().is_none(), "it is lent");
    drop((lent, action));
    assert_eq!(calls_and_drops(), (0, 1));
}

#[test]
fn a_shared_value_is_dropped_with_its_last_owner() {
    calls_and_drops();
    let (one, other) = Shared::two(Probe::<40>::new());
    let third = other.clone();
    drop(one);
    drop(third);
    assert_eq!(calls_and_drops(), (0, 0));
    other.assert_whole();
    drop(other);
    assert_eq!(calls_and_drops(), (0, 1));
}

#[test]
fn two_owners_that_meet_are_dropped_together() {
    calls_and_drops();
    let (one, mut other) = Shared::two(Probe::<40>::new());
    one.drop_beside(&mut other);
    other.assert_whole();
    assert_eq!(calls_and_drops(), (0, 0));
    drop(other);
    assert_eq!(calls_and_drops(), (0, 1));

    let (one, mut other) = Shared::two(Probe::<40>::new());
    let third = one.clone();
    one.drop_beside(&mut other);
    drop(other);
    assert_eq!(calls_and_drops(), (0, 0));
    third.assert_whole();
    drop(third);
    assert_eq!(calls_and_drops(), (0, 1));

    let (mut one, other) = Shared::two(Probe::<0>::new());
    let (stranger, _its_other) = Shared::two(Probe::<0>::new());
    stranger.drop_beside(&mut one);
    assert_eq!(calls_and_drops(), (0, 0));
    drop((one, other));
    assert_eq!(calls_and_drops(), (0, 1));
}

#[test]
fn owners_may_drop_on_all_threads() {
    struct Value(&'static AtomicUsize, Vec<u64>);

    impl Drop for Value {
        fn drop(&mut self) {
            self.0.fetch_add(self.1.len(), Ordering::Relaxed);
        }
    }

    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    for round in 1..=50 {
        let (one, mut other) = Shared::two(Value(&DROPPED, vec![1, 2, 3]));
        let clones: Vec<_> = (0..3).map(|_| one.clone()).collect();
        let threads: Vec<_> = clones
            .into_iter()
            .map(|clone| std::thread::spawn(move || clone.1.iter().sum::<u64>()))
            .collect();
        one.drop_beside(&mut other);
        assert_eq!(other.1.len(), 3);
        drop(other);
        for thread in threads {
            assert_eq!(thread.join().expect("it does not panic"), 6);
        }
        assert_eq!(DROPPED.load(Ordering::Relaxed), round * 3);
    }
}

#[test]
fn a_value_that_panics_when_it_drops_gives_its_memory_back() {
    struct Panicking(#[expect(dead_code, reason = "it is there to be dropped")] Probe<8>);

    impl Drop for Panicking {
        fn drop(&mut self) {
            panic!("as asked");
        }
    }

    calls_and_drops();
    let (one, other) = Shared::two(Panicking(Probe::new()));
    drop(one);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(other))).is_err());
    assert_eq!(calls_and_drops(), (0, 1));
}

#[test]
fn as_many_owners_as_memory_could_hold_are_counted() {
    calls_and_drops();
    let (one, other) = Shared::two(Probe::<8>::new());
    let counted = |owners| one.counted().owners.store(owners, Ordering::Relaxed);
    counted(usize::MAX / 2);
    let third = one.clone();
    counted(3);
    drop((third, other));
    assert_eq!(calls_and_drops(), (0, 0));
    drop(one);
    assert_eq!(calls_and_drops(), (0, 1));
}
