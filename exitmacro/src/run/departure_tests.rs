//! Which runner ends the run as its thread ends, what happens when it does not get through, and all
//! interleavings of both.

use super::*;
use crate::config::Config;
use crate::handler::declared::Declared;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::execute::execute;
use crate::run::invocation::{Invocation, Job};
use crate::run::runners::RunnerEnd;
use crate::run::state::Phase;
use crate::run::state::tests::{idle, terms};
use crate::run::step::Step;
use crate::run::terms::Terms;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

static ONE: [Declared; 1] = [Declared::new("one", "app", "src/main.rs", 1, 1, |_| Ok(()))];

const BUDGET: Duration = Duration::from_secs(60);

/// A run whose handler has finished, and its runner.
fn ended(terms: Terms) -> (Run, Table, Worker, Moment) {
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms, &ONE, true, &mut table, now, now);
    let runner = Worker::runner(run.runners.reserve());
    let Step::Execute(invocation) = run.next(now, &mut table, runner, &mut Line::new()) else {
        panic!("a handler waits")
    };
    assert!(run.settle(execute(invocation), now, &mut table, &mut Line::new()));
    (run, table, runner, now)
}

fn departed() -> (Run, Table, u32, Moment) {
    let (mut run, mut table, runner, now) = ended(terms(BUDGET));
    assert!(matches!(run.next(now, &mut table, runner, &mut Line::new()), Step::End));
    assert!(run.phase == Phase::Running && run.departure.is_some());
    (run, table, runner.runner.expect("it has a number"), now)
}

fn start_flush(run: &mut Run, runner: u32) -> bool {
    run.start_flush(runner, false, Moment::now).is_some()
}

#[test]
#[cfg(unix)]
fn the_only_runner_ends_the_run_as_its_thread_ends() {
    let (mut run, mut table, number, _) = departed();
    assert!(
        crate::registry::tests::register_in(&mut table, || Ok::<_, &str>(()), 0).is_err(),
        "the table is closed"
    );
    assert!(!start_flush(&mut run, number + 1));
    run.finish_flush(number + 1);
    assert!(run.phase == Phase::Running, "another runner does not end it");
    assert!(start_flush(&mut run, number) && run.phase == Phase::Running);
    run.finish_flush(number);
    assert!(run.phase == Phase::Finished && run.departure.is_none());
}

#[test]
fn the_caller_flushes_if_the_lock_may_be_held_or_the_runner_is_not_alone() {
    let usual = terms(BUDGET);
    let all = |_: &mut Run, _: Worker| ();
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(usual, &[], true, &mut table, now, now);
    assert!(
        matches!(
            run.next(now, &mut table, Worker::caller(), &mut Line::new()),
            Step::Execute(Invocation { job: Job::Flush, .. })
        ),
        "the caller does not depart"
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
        (usual, |run, _| run.caller_lost = true, "a runner that supervises"),
        (usual, |run, _| run.departed = true, "a departure is tried once"),
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
    let Step::Execute(invocation) = run.next(now, &mut table, lost, &mut Line::new()) else {
        panic!("a handler waits")
    };
    assert!(run.abandon(invocation.number, End::Abandoned, now, &mut table, &mut Line::new()));
    let runner = Worker::runner(run.runners.reserve());
    assert!(
        matches!(run.next(now, &mut table, runner, &mut Line::new()), Step::HandedOver(_))
            && run.departure.is_none()
    );
}

#[test]
#[cfg(unix)]
fn a_departing_runner_has_a_second_for_its_thread_locals_and_little_for_the_flush() {
    let (mut run, _, number, now) = departed();
    let short = Duration::from_nanos(1);
    let end = now.plus(RUNNER_END_TIMEOUT);
    assert_eq!(run.check_departure(now), Some(DepartureCheck::InTime(end)));
    assert_eq!(run.check_departure(end), Some(DepartureCheck::Late));
    assert_eq!(run.check_departure(now.plus(BUDGET)), Some(DepartureCheck::OutOfBudget));
    run.start_flush(number, false, Moment::now);
    let since = run.departure.and_then(|departure| departure.flushing).expect("it flushes");
    let end = since.plus(RUNNER_FLUSH_TIMEOUT);
    assert_eq!(run.check_departure(end.minus(short)), Some(DepartureCheck::InTime(end)));
    assert_eq!(run.check_departure(end), Some(DepartureCheck::Stuck));
    assert_eq!(run.check_departure(now.plus(BUDGET)), Some(DepartureCheck::OutOfBudget));
    run.finish_flush(number);
    assert_eq!(run.check_departure(end), None);
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
fn an_abandoned_departure_ends_nothing() {
    let (mut run, mut table, number, now) = departed();
    assert!(start_flush(&mut run, number));
    run.abandon_departure();
    assert!(run.runners.is_empty() && run.phase == Phase::Running);
    let next = Worker::runner(run.runners.reserve());
    let step = run.next(now, &mut table, next, &mut Line::new());
    assert!(
        matches!(step, Step::HandedOver(_)) && run.departure.is_none(),
        "the caller flushes, and the next runner supervises"
    );
    run.finish_flush(number);
    assert!(run.phase == Phase::Running, "the flush of the caller has not finished");
    let invocation = run.take_handed_over(now).expect("it waits for the caller");
    assert!(run.settle(execute(invocation), now, &mut table, &mut Line::new()));
    assert!(
        matches!(run.next(now, &mut table, next, &mut Line::new()), Step::End)
            && run.phase == Phase::Finished
    );
}

#[test]
#[cfg(unix)]
fn a_runner_whose_destructor_waits_for_the_end_is_waited_for() {
    for (in_destructor, waits) in [(false, false), (true, true)] {
        let (mut run, _, number, _) = departed();
        assert!(run.start_flush(number, in_destructor, Moment::now).is_some());
        run.abandon_departure();
        assert_eq!(run.runners.is_only(number), waits);
    }
}

#[test]
#[cfg(unix)]
fn a_departure_is_found_only_on_its_own_thread() {
    let (mut run, _, number, _) = departed();
    let thread = Worker::caller().thread;
    assert_eq!((run.departing_on(thread + 1), run.departing_on(thread)), (None, Some(number)));
    run.abandon_departure();
    assert_eq!(run.departing_on(thread), None);
}

/// A runner that ends the run, a supervisor that abandons it at any moment or waits, and a thread
/// that waits for the end of the run.
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
                let Step::Execute(invocation) = step else { return self.notify_change(run) };
                drop(run);
                thread::yield_now();
                self.flushes.fetch_add(u32::from(matches!(invocation.job, Job::Flush)), Relaxed);
                finished = Some(execute(invocation));
            }
        }

        /// The last step of a runner.
        fn end_runner(&self, number: u32) {
            let mut run = self.run.lock().unwrap();
            if let Some(now) = run.start_flush(number, false, Moment::now) {
                if run.end_is_awaited(now) {
                    self.notify_change(run)
                } else {
                    drop(run)
                }
                thread::yield_now();
                self.flushes.fetch_add(1, Relaxed);
                run = self.run.lock().unwrap();
                run.finish_flush(number);
            }
            run.runners.ended(number, RunnerEnd::Nothing);
            self.notify_change(run);
        }

        fn supervise(&self) {
            let mut run = self.run.lock().unwrap();
            while run.phase == Phase::Running {
                if run.departure.is_some() && thread_rng().gen_bool(0.5) {
                    run.abandon_departure();
                    drop(run);
                    // Stands for the next runner and the caller that flushes.
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
    let (runner_process, waiting_process) = (Arc::clone(&process), Arc::clone(&process));
    let threads = [
        thread::spawn(move || {
            runner_process.drive(runner);
            thread::yield_now();
            runner_process.end_runner(runner.runner.unwrap());
        }),
        thread::spawn(move || {
            let mut run = waiting_process.run.lock().unwrap();
            while run.phase == Phase::Running {
                run = waiting_process.wait(run);
            }
            assert!(waiting_process.flushes.load(Relaxed) > 0, "the run finishes after the flush");
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
fn stdout_is_flushed_before_the_run_finishes_however_threads_interleave() {
    shuttle::check_random(model, 3_000);
    shuttle::check_pct(model, 3_000, 3);
}
