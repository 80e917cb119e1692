use super::*;
use shuttle::sync::atomic::Ordering::SeqCst;
use shuttle::sync::atomic::{AtomicBool, AtomicU8 as ShuttleWord, AtomicUsize};
use shuttle::thread;
use std::sync::Arc;

impl Word for ShuttleWord {
    fn change(&self, old: u8, new: u8) -> Result<u8, u8> {
        self.compare_exchange(old, new, SeqCst, SeqCst)
    }

    fn read(&self) -> u8 {
        self.load(SeqCst)
    }
}

struct Model {
    fate: Fate<ShuttleWord>,
    begun: AtomicUsize,
    ended: AtomicUsize,
    is_used: AtomicBool,
}

impl Model {
    fn shared() -> Arc<Self> {
        Arc::new(Self {
            fate: Fate(ShuttleWord::new(WAITING)),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            is_used: AtomicBool::new(false),
        })
    }

    fn run(&self, runs: u8) {
        assert!(!self.is_used.swap(true, SeqCst), "the value is used");
        self.begun.fetch_add(1, SeqCst);
        thread::yield_now();
        self.ended.fetch_add(1, SeqCst);
        self.is_used.store(false, SeqCst);
        self.fate.set_done(runs);
    }

    fn end_scope(&self) {
        if self.fate.claim_in_scope() {
            self.run(IN_SCOPE);
        }
    }

    /// Whether the value was there.
    fn use_it(&self) -> bool {
        let is_locked = self.fate.lock();
        if is_locked {
            assert!(!self.is_used.swap(true, SeqCst), "the function has the value");
            thread::yield_now();
            self.is_used.store(false, SeqCst);
            self.fate.unlock();
        }
        is_locked
    }

    /// The handler, which looks so many times whether the value is unlocked.
    fn run_at_exit(&self, looks: usize) {
        match self.fate.claim_at_exit() {
            AtExit::Claimed => self.run(AT_EXIT),
            AtExit::Locked => {
                let mut looks = 0..looks;
                while self.fate.is_awaited() && looks.next().is_some() {
                    thread::yield_now();
                }
                if !self.fate.stop_waiting() && self.fate.is_at_exit() {
                    self.run(AT_EXIT);
                }
            }
            AtExit::InScope => {
                while self.fate.is_in_scope() {
                    thread::yield_now();
                }
            }
            AtExit::Ended => {}
        }
    }
}

#[test]
fn an_exit_run_never_leaves_a_function_in_the_middle() {
    shuttle::check_random(
        || {
            let model = Model::shared();
            let other = Arc::clone(&model);
            let dropping = thread::spawn(move || other.end_scope());
            model.run_at_exit(usize::MAX);
            assert_eq!(
                model.begun.load(SeqCst),
                model.ended.load(SeqCst),
                "the process ends in the middle"
            );
            assert_eq!(model.ended.load(SeqCst), 1);
            dropping.join().unwrap();
            assert_eq!(model.ended.load(SeqCst), 1);
        },
        1_000,
    );
}

#[test]
fn defused_is_not_run_and_run_is_not_defused() {
    shuttle::check_random(
        || {
            let model = Model::shared();
            let other = Arc::clone(&model);
            let exit = thread::spawn(move || other.run_at_exit(usize::MAX));
            let answer = model.fate.defuse();
            exit.join().unwrap();
            let runs = usize::from(answer != Unregistered::Removed);
            assert_eq!(model.ended.load(SeqCst), runs, "{answer:?}");
            assert!(!model.fate.claim_in_scope(), "the drop that follows runs it");
        },
        1_000,
    );
}

#[test]
fn the_function_never_runs_while_the_value_is_used_and_the_owner_never_gets_it_afterwards() {
    shuttle::check_random(
        || {
            let model = Model::shared();
            let other = Arc::clone(&model);
            let owner = thread::spawn(move || {
                let uses = [other.use_it(), other.use_it()];
                assert_ne!(uses, [false, true], "the value came back");
                other.end_scope();
            });
            model.run_at_exit(usize::MAX);
            assert_eq!(model.ended.load(SeqCst), 1, "the process ends without the function");
            owner.join().unwrap();
            assert_eq!(model.ended.load(SeqCst), 1);
        },
        3_000,
    );
}

#[test]
fn the_end_of_the_scope_runs_what_the_handler_did_not_wait_for() {
    for looks in 0..3 {
        shuttle::check_random(
            move || {
                let model = Model::shared();
                let other = Arc::clone(&model);
                let owner = thread::spawn(move || {
                    other.use_it();
                    other.end_scope();
                });
                model.run_at_exit(looks);
                owner.join().unwrap();
                assert_eq!(model.ended.load(SeqCst), 1);
            },
            1_000,
        );
    }
}

#[test]
fn a_value_that_is_locked_for_ever_is_given_up_by_its_owner() {
    for does_exit_wait in [false, true] {
        let fate = Fate::new();
        assert!(fate.lock() && !fate.lock());
        if does_exit_wait {
            assert!(matches!(fate.claim_at_exit(), AtExit::Locked));
        }
        assert!(!fate.claim_in_scope());
        assert_eq!(fate.defuse(), Unregistered::Removed);
        assert!(!fate.is_awaited() && !fate.stop_waiting() && !fate.is_at_exit());
        assert_eq!(fate.defuse(), Unregistered::Finished);
    }
}
