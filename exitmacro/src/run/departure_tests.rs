//! Which runner ends the run when it leaves, what becomes of it that does not get away, and all
//! interleavings of both.

use super::*;
use crate::config::Config;
use crate::handler::declared::Declared;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::execute::execute;
use crate::run::invocation::{Invocation, Job};
use crate::run::next::Step;
use crate::run::state::tests::{idle, terms};
use crate::run::state::{Phase, Terms};
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

static ONE: [Declared; 1] = [Declared::new("one", "app", "src/main.rs", 1, 1, |_| Ok(()))];

const BUDGET: Duration = Duration::from_secs(60);

/// A run whose handler has ended, and its runner.
fn ended(terms: Terms) -> (Run, Table, Worker, Moment) {
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms, &ONE, true, &mut table, now, now);
    let runner = Worker::runner(run.runners.reserve());
    let Step::Execute(turn) = run.next(now, &mut table, runner, &mut Line::new()) else {
        panic!("a handler waits")
    };
    assert!(run.settle(execute(turn), now, &mut table, &mut Line::new()));
    (run, table, runner, now)
}

fn departed() -> (Run, Table, u32, Moment) {
    let (mut run, mut table, runner, now) = ended(terms(BUDGET));
    assert!(matches!(run.next(now, &mut table, runner, &mut Line::new()), Step::End));
    assert!(run.phase == Phase::Running && run.departure.is_some());
    (run, table, runner.runner.expect("it has a number"), now)
}

fn begins_to_flush(run: &mut Run, runner: u32) -> bool {
    run.begins_to_flush(runner, Moment::now).is_some()
}

#[test]
#[cfg(unix)]
fn a_runner_that_is_alone_ends_the_run_when_it_leaves() {
    let (mut run, mut table, number, _) = departed();
    assert!(
        crate::registry::tests::register_in(&mut table, || Ok::<_, &str>(()), 0).is_err(),
        "no handler comes late any more"
    );
    assert!(!begins_to_flush(&mut run, number + 1));
    run.has_flushed(number + 1);
    assert!(run.phase == Phase::Running, "another runner does not end it");
    assert!(begins_to_flush(&mut run, number) && run.phase == Phase::Running);
    run.has_flushed(number);
    assert!(run.phase == Phase::Finished && run.departure.is_none());
}

#[test]
fn the_caller_flushes_where_more_is_known_or_the_runner_is_not_alone() {
    let usual = terms(BUDGET);
    let all = |_: &mut Run, _: Worker| ();
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(usual, &[], true, &mut table, now, now);
    assert!(
        matches!(
            run.next(now, &mut table, Worker::caller(), &mut Line::new()),
            Step::Execute(Invocation { job: Job::Flush, .. })
        ),
        "the caller does not leave"
    );
    type Change = fn(&mut Run, Worker);
    let cases: [(Terms, Change, &str); 6] = [
        (Terms { awaited: true, ..usual }, all, "a future waits"),
        (
            Terms { config: Config { stdout_may_be_locked: true, ..usual.config }, ..usual },
            all,
            "a thread of the parent",
        ),
        (
            Terms { config: Config { process: usual.config.process + 1, ..usual.config }, ..usual },
            all,
            "a forked child",
        ),
        (usual, |run, _| _ = run.runners.reserve(), "another runner"),
        (usual, |run, _| run.caller_lost = true, "a supervisor that is a runner"),
        (usual, |run, _| run.departed = true, "once is enough"),
    ];
    for (terms, change, why) in cases {
        let (mut run, mut table, runner, now) = ended(terms);
        change(&mut run, runner);
        let step = run.next(now, &mut table, runner, &mut Line::new());
        let flushes =
            matches!(step, Step::HandedOver(_) | Step::Execute(Invocation { job: Job::Flush, .. }));
        assert!(flushes && run.departure.is_none(), "{why}");
    }
}

#[test]
fn an_abandoned_handler_may_hold_the_lock_of_stdout() {
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms(BUDGET), &ONE, true, &mut table, now, now);
    let lost = Worker::runner(run.runners.reserve());
    let Step::Execute(turn) = run.next(now, &mut table, lost, &mut Line::new()) else {
        panic!("a handler waits")
    };
    assert!(run.abandon(turn.number, End::Abandoned, now, &mut Line::new()));
    let runner = Worker::runner(run.runners.reserve());
    assert!(
        matches!(run.next(now, &mut table, runner, &mut Line::new()), Step::HandedOver(_))
            && run.departure.is_none()
    );
}

#[test]
#[cfg(unix)]
fn it_has_a_second_for_its_thread_locals_and_little_for_the_flush() {
    let (mut run, _, number, now) = departed();
    let short = Duration::from_nanos(1);
    let end = now.plus(RUNNER_END_TIMEOUT);
    assert_eq!(run.prospect(now), Some(Prospect::Leaving(end)));
    assert_eq!(run.prospect(end), Some(Prospect::Late));
    assert_eq!(run.prospect(now.plus(BUDGET)), Some(Prospect::OutOfBudget));
    run.begins_to_flush(number, Moment::now);
    let since = run.departure.and_then(|departure| departure.flushing).expect("it flushes");
    let end = since.plus(RUNNER_FLUSH_TIMEOUT);
    assert_eq!(run.prospect(end.minus(short)), Some(Prospect::Leaving(end)));
    assert_eq!(run.prospect(end), Some(Prospect::Stuck));
    assert_eq!(run.prospect(now.plus(BUDGET)), Some(Prospect::OutOfBudget));
    run.has_flushed(number);
    assert_eq!(run.prospect(end), None);
}

#[test]
#[cfg(unix)]
fn the_supervisor_is_woken_when_it_would_look_too_late() {
    let (mut run, _, _, now) = departed();
    run.waiting = 2;
    run.supervising = 1;
    for (wakes_at, is_woken) in
        [(now.plus(RUNNER_FLUSH_TIMEOUT), false), (now.plus(RUNNER_FLUSH_TIMEOUT * 2), true)]
    {
        run.wakes_at = wakes_at;
        assert_eq!(run.end_is_awaited(now), is_woken);
    }
}

#[test]
#[cfg(unix)]
fn one_that_was_given_up_ends_nothing() {
    let (mut run, mut table, number, now) = departed();
    assert!(begins_to_flush(&mut run, number));
    run.give_up_departure();
    assert!(run.runners.is_empty() && run.phase == Phase::Running);
    let next = Worker::runner(run.runners.reserve());
    let step = run.next(now, &mut table, next, &mut Line::new());
    assert!(
        matches!(step, Step::HandedOver(_)) && run.departure.is_none(),
        "the caller flushes, and the next one watches"
    );
    run.has_flushed(number);
    assert!(run.phase == Phase::Running, "that flush has not ended");
    let turn = run.pick_up(now).expect("it waits for the caller");
    assert!(run.settle(execute(turn), now, &mut table, &mut Line::new()));
    assert!(
        matches!(run.next(now, &mut table, next, &mut Line::new()), Step::End)
            && run.phase == Phase::Finished
    );
}

#[test]
#[cfg(unix)]
fn only_its_own_thread_is_the_one_that_leaves() {
    let (mut run, _, number, _) = departed();
    let thread = Worker::caller().thread;
    assert_eq!((run.departing_on(thread + 1), run.departing_on(thread)), (None, Some(number)));
    run.give_up_departure();
    assert_eq!(run.departing_on(thread), None);
}

/// A runner that leaves, a supervisor that gives it up at any moment, or waits, and a thread that
/// waits for the end.
#[cfg(unix)]
fn model() {
    use shuttle::rand::{Rng, thread_rng};
    use shuttle::sync::{Condvar, Mutex, MutexGuard};
    use shuttle::thread;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        changed: Condvar,
        flushes: AtomicU32,
    }

    impl Process {
        fn notify_change(&self, run: MutexGuard<'_, Run>) {
            let is_awaited = run.waiting > 0;
            drop(run);
            if is_awaited {
                self.changed.notify_all();
            }
        }

        fn wait<'a>(&'a self, mut run: MutexGuard<'a, Run>) -> MutexGuard<'a, Run> {
            run.waiting += 1;
            let mut run = self.changed.wait(run).unwrap();
            run.waiting -= 1;
            run
        }

        fn drive(&self, worker: Worker) {
            let mut finished = None;
            loop {
                let now = Moment::now();
                let mut run = self.run.lock().unwrap();
                let mut table = self.table.lock().unwrap();
                if let Some(finished) = finished.take() {
                    assert!(
                        run.settle(finished, now, &mut table, &mut Line::new()),
                        "no handler is abandoned here"
                    );
                }
                let step = run.next(now, &mut table, worker, &mut Line::new());
                drop(table);
                let Step::Execute(turn) = step else { return self.notify_change(run) };
                drop(run);
                thread::yield_now();
                self.flushes.fetch_add(u32::from(matches!(turn.job, Job::Flush)), Relaxed);
                finished = Some(execute(turn));
            }
        }

        /// What a runner does last of all.
        fn leave(&self, number: u32) {
            let mut run = self.run.lock().unwrap();
            if let Some(now) = run.begins_to_flush(number, Moment::now) {
                if run.end_is_awaited(now) {
                    self.notify_change(run)
                } else {
                    drop(run)
                }
                thread::yield_now();
                self.flushes.fetch_add(1, Relaxed);
                run = self.run.lock().unwrap();
                run.has_flushed(number);
            }
            run.runners.ended(number, true);
            self.notify_change(run);
        }

        fn supervise(&self) {
            let mut run = self.run.lock().unwrap();
            while run.phase == Phase::Running {
                if run.departure.is_some() && thread_rng().gen_bool(0.5) {
                    run.give_up_departure();
                    drop(run);
                    // The next runner, and the caller that flushes.
                    self.drive(Worker::caller());
                    run = self.run.lock().unwrap();
                } else {
                    run = self.wait(run);
                }
            }
        }
    }

    let process = Arc::new(Process {
        run: Mutex::new(idle()),
        table: Mutex::new(Table::new()),
        changed: Condvar::new(),
        flushes: AtomicU32::new(0),
    });
    let runner = {
        let mut run = process.run.lock().unwrap();
        run.begin(
            terms(BUDGET),
            &ONE,
            true,
            &mut process.table.lock().unwrap(),
            Moment::now(),
            Moment::now(),
        );
        Worker::runner(run.runners.reserve())
    };
    let (leaves, waits) = (Arc::clone(&process), Arc::clone(&process));
    let threads = [
        thread::spawn(move || {
            leaves.drive(runner);
            thread::yield_now();
            leaves.leave(runner.runner.unwrap());
        }),
        thread::spawn(move || {
            let mut run = waits.run.lock().unwrap();
            while run.phase == Phase::Running {
                run = waits.wait(run);
            }
            assert!(waits.flushes.load(Relaxed) > 0, "the run is over when stdout is flushed");
        }),
    ];
    process.supervise();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let run = process.run.lock().unwrap();
    assert!(
        run.departure.is_none()
            && run.active.is_empty()
            && run.report(Moment::now()).handlers().len() == 1
    );
}

#[test]
#[cfg(unix)]
fn stdout_is_flushed_before_the_run_is_over_however_threads_interleave() {
    shuttle::check_random(model, 3_000);
    shuttle::check_pct(model, 3_000, 3);
}
