//! All interleavings of a runner with a lease and the threads that lock the state or the table.

use super::*;
use crate::handler::id::HandlerId;
use crate::registry::Unregistered;
use crate::registry::tests::register_in;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::execute::execute;
use crate::run::invocation::Invocation;
use crate::run::lease::tests::{a_minute, seen_in};
use crate::run::settle::Finished;
use crate::run::state::Phase;
use crate::run::state::tests::live;
use crate::run::step::Step;
use crate::run::terms::Terms;
use shuttle::sync::{Mutex, MutexGuard};
use shuttle::thread;
use std::cell::RefCell;
use std::sync::Arc;

/// The priorities of the handlers at first: two registered handlers before the declared one, and
/// one after it.
const PRIORITIES: [i32; 4] = [3, 2, 0, -1];
const UNREGISTERED: i32 = -1;
const LATE: i32 = 1;

static DECLARED: [Declared; 1] = [Declared::new("declared", "app", "src/main.rs", 1, 1, |_| {
    run_at(0);
    Ok(())
})];

thread_local! {
    /// The priorities of the handlers that ran. All threads of a model are one thread of the
    /// operating system.
    static RAN: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
}

fn run_at(priority: i32) {
    thread::yield_now();
    RAN.with_borrow_mut(|ran| ran.push(priority));
    thread::yield_now();
}

fn has_run(priority: i32) -> bool {
    RAN.with_borrow(|ran| ran.contains(&priority))
}

/// The clock that a runner reads before each leased handler.
fn yielding() -> Moment {
    thread::yield_now();
    Moment::now()
}

struct Process {
    run: Mutex<Run>,
    table: Mutex<Table>,
}

impl Process {
    fn begin() -> (Arc<Self>, HandlerId) {
        let mut table = Table::new();
        let registered = PRIORITIES.into_iter().filter(|&priority| priority != 0);
        let ids: Vec<_> = registered
            .map(|priority| {
                register_in(&mut table, move || run_at(priority), priority)
                    .expect("the table is open")
            })
            .collect();
        let mut run = seen_in(Box::leak(Box::new(Live::new())));
        run.begin(
            Terms { clock: yielding, ..a_minute() },
            &DECLARED,
            true,
            &mut table,
            Moment::now(),
            Moment::now(),
        );
        (Arc::new(Self { run: Mutex::new(run), table: Mutex::new(table) }), ids[2])
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap()
    }

    fn state(&self) -> MutexGuard<'_, Run> {
        let mut run = self.run.lock().unwrap();
        run.catch_up(|| self.table());
        run
    }

    fn drive(&self) {
        let mut lease = Lease::none(live());
        let mut finished: Option<Finished> = None;
        while let Some(invocation) = self.advance(finished.take(), &mut lease) {
            let mut began = Moment::now();
            let mut last = execute(invocation);
            lease.execute(&mut last, &mut began, || self.table());
            finished = Some(last);
        }
    }

    fn advance(&self, finished: Option<Finished>, lease: &mut Lease) -> Option<Invocation> {
        lease.end();
        let (mut run, mut table) = (self.state(), self.table());
        if finished.is_some_and(|finished| {
            !run.settle(finished, Moment::now(), &mut table, &mut Line::new())
        }) {
            return None;
        }
        let Step::Execute(invocation) =
            run.next(Moment::now(), &mut table, Worker::caller(), &mut Line::new())
        else {
            return None;
        };
        run.lease(&mut table, lease);
        Some(invocation)
    }

    /// Abandons the running handler, and executes what is left.
    fn replace_runner(&self) {
        let has_abandoned = {
            let mut run = self.state();
            let current = run.active.only().map(|current| current.number);
            thread::yield_now();
            current.is_some_and(|invocation| {
                run.abandon(invocation, End::Abandoned, Moment::now(), &mut Line::new())
            })
        };
        if has_abandoned {
            self.drive();
        }
    }

    /// Unregisters a handler. Returns whether that succeeded; then the handler may not run.
    fn unregister(&self, id: HandlerId) -> bool {
        match self.table().remove(id) {
            Ok(_) => true,
            Err(found) => {
                assert!(
                    found == Unregistered::Running || has_run(UNREGISTERED),
                    "it has finished, so it has run"
                );
                false
            }
        }
    }
}

fn model() {
    RAN.take();
    let (process, id) = Process::begin();
    let spawn = |body: fn(&Process)| {
        let process = Arc::clone(&process);
        thread::spawn(move || body(&process))
    };
    let threads = [
        spawn(Process::drive),
        spawn(Process::replace_runner),
        spawn(|process| drop(process.state())),
    ];
    let process_of = |process: &Arc<Process>| Arc::clone(process);
    let (remover, registrar) = (process_of(&process), process_of(&process));
    let remover = thread::spawn(move || remover.unregister(id));
    let registrar =
        thread::spawn(move || register_in(&mut registrar.table(), || run_at(LATE), LATE).is_ok());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let (is_unregistered, is_late_registered) =
        (remover.join().unwrap(), registrar.join().unwrap());

    let mut expected: Vec<_> = PRIORITIES
        .into_iter()
        .filter(|&priority| !(is_unregistered && priority == UNREGISTERED))
        .collect();
    expected.extend(is_late_registered.then_some(LATE));
    expected.sort_unstable();
    let run = process.state();
    assert!(run.phase == Phase::Finished && run.active.is_empty());
    let reported: Vec<_> =
        run.report(Moment::now()).handlers().iter().map(|handler| handler.priority()).collect();
    let in_order: Vec<_> = reported.iter().copied().filter(|&priority| priority != LATE).collect();
    assert!(in_order.is_sorted_by(|one, next| one > next), "{reported:?}");
    for mut all in [RAN.take(), reported] {
        all.sort_unstable();
        assert_eq!(
            all, expected,
            "each once, also if it was abandoned, and none that was unregistered"
        );
    }
}

#[test]
fn every_leased_handler_runs_once_however_threads_interleave() {
    shuttle::check_random(model, 5_000);
    shuttle::check_pct(model, 5_000, 3);
}
