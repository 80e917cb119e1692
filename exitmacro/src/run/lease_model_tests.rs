//! All interleavings of a runner with a lease and the threads that lock the state or the table.

use super::*;
use crate::handler::context::ExitReason;
use crate::handler::id::HandlerId;
use crate::registry::Unregistered;
use crate::registry::tests::register_bare_in;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::execute::execute;
use crate::run::invocation::Invocation;
use crate::run::lane::have_lanes;
use crate::run::lease::tests::{a_minute, seen_in};
use crate::run::settle::Finished;
use crate::run::state::Phase;
use crate::run::state::tests::live;
use crate::run::step::Step;
use crate::run::terms::Terms;
use shuttle::sync::{Mutex, MutexGuard};
use shuttle::thread;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The priorities of the handlers at first: two registered handlers before the declared one, and
/// one after it.
const PRIORITIES: [i32; 4] = [3, 2, 0, -1];
const UNREGISTERED: i32 = -1;
const LATE: i32 = 1;
/// Those that a forked child registers.
const OF_CHILD: [i32; 3] = [13, 12, 11];

static DECLARED: [Declared; 1] = [Declared::bare("declared", "app", "src/main.rs", 1, 1, |_| {
    run_at(0);
    Ok(())
})];

thread_local! {
    /// The priorities of the handlers that ran. All threads of a model are one thread of the
    /// operating system.
    static RAN: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
    /// Whether the memory of the model is that of a forked child, which has one thread.
    static IS_CHILD: Cell<bool> = const { Cell::new(false) };
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
    // In a child the runner does not exist any more. In the model it begins no other handler.
    if IS_CHILD.get() { Moment::NEVER } else { Moment::now() }
}

fn yielding_in_child() -> Moment {
    thread::yield_now();
    Moment::now()
}

struct Process {
    run: Mutex<Run>,
    table: Mutex<Table>,
    /// Handlers run in lanes.
    has_lanes: bool,
}

impl Process {
    fn begin(has_lanes: bool) -> (Arc<Self>, HandlerId) {
        if has_lanes {
            have_lanes();
        }
        let mut table = Table::new();
        let registered = PRIORITIES.into_iter().filter(|&priority| priority != 0);
        let ids: Vec<_> = registered
            .map(|priority| {
                register_bare_in(&mut table, move || run_at(priority), priority, None)
                    .expect("the table is open")
            })
            .collect();
        let mut run = seen_in(Box::leak(Box::new(Live::new())));
        begin(&mut run, &mut table, yielding, true);
        (Arc::new(Self { run: Mutex::new(run), table: Mutex::new(table), has_lanes }), ids[2])
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
        self.drive_in(false);
    }

    fn drive_in(&self, is_child: bool) {
        let mut lease = Lease::none(live());
        if self.has_lanes {
            lease.fewest_for_lane = 1;
        }
        let mut finished: Option<Finished> = None;
        while let Some(invocation) = self.advance(finished.take(), &mut lease, is_child) {
            let mut began = Moment::now();
            let mut last = execute(invocation);
            lease.execute(&mut last, &mut began, || self.table());
            finished = Some(last);
        }
    }

    fn advance(
        &self,
        finished: Option<Finished>,
        lease: &mut Lease,
        is_child: bool,
    ) -> Option<Invocation> {
        lease.end();
        let (mut run, mut table) = (self.state(), self.table());
        if IS_CHILD.get() != is_child {
            return None;
        }
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
        run.lease(invocation.id, Moment::now(), &mut table, lease);
        Some(invocation)
    }

    /// Abandons the running handler, and executes what is left.
    fn replace_runner(&self) {
        let has_abandoned = {
            let mut run = self.state();
            if IS_CHILD.get() {
                return;
            }
            let current = run.active.only().map(|current| current.number);
            thread::yield_now();
            current.is_some_and(|invocation| {
                let (now, table) = (Moment::now(), &mut self.table());
                run.abandon(invocation, End::Abandoned, now, table, &mut Line::new())
            })
        };
        if has_abandoned {
            self.drive();
        }
    }

    /// Waits for the end of the run, as another thread does that exits. Returns the report.
    fn wait_as_second_exit(&self) -> Vec<i32> {
        loop {
            let mut run = self.state();
            if run.phase == Phase::Finished {
                return reported(&mut run, &mut self.table());
            }
            drop(run);
            thread::yield_now();
        }
    }

    /// Forks: what follows is the child, which runs handlers of its own.
    fn fork(&self) {
        let (mut run, mut table) = (self.state(), self.table());
        let has_run = RAN.with_borrow(Vec::len);
        IS_CHILD.set(true);
        run.disown();
        table.disown();
        for priority in OF_CHILD {
            register_bare_in(&mut table, move || run_at(priority), priority, None)
                .expect("the table is open");
        }
        begin(&mut run, &mut table, yielding_in_child, false);
        drop((run, table));
        self.drive_in(true);
        let mut run = self.state();
        assert!(run.phase == Phase::Finished && run.active.is_empty());
        assert_eq!(reported(&mut run, &mut self.table()), OF_CHILD, "none of the parent");
        let ran = RAN.with_borrow(|ran| ran[has_run..].to_vec());
        assert!(ran.into_iter().filter(|priority| OF_CHILD.contains(priority)).eq(OF_CHILD));
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

fn begin(run: &mut Run, table: &mut Table, clock: fn() -> Moment, owned: bool) {
    // The times of a run that ends the process are not wanted.
    let (terms, now) = (Terms { clock, reason: ExitReason::Exit, ..a_minute() }, Moment::now());
    run.begin(terms, &DECLARED, owned, table, now, now);
}

fn reported(run: &mut Run, table: &mut Table) -> Vec<i32> {
    run.list_lanes(table);
    run.report(Moment::now()).handlers().iter().map(|handler| handler.priority()).collect()
}

/// A process that has begun its run, and the id of a handler to unregister.
fn begun(has_lanes: bool) -> (Arc<Process>, HandlerId) {
    RAN.take();
    IS_CHILD.set(false);
    Process::begin(has_lanes)
}

/// Does that on a thread of the process.
fn spawn<R: Send + 'static>(
    process: &Arc<Process>,
    body: impl FnOnce(&Process) -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    let process = Arc::clone(process);
    thread::spawn(move || body(&process))
}

/// Tries many interleavings of a model, with lanes or with leases.
fn check(model: fn(bool), has_lanes: bool) {
    shuttle::check_random(move || model(has_lanes), 5_000);
    shuttle::check_pct(move || model(has_lanes), 5_000, 3);
}

fn model(has_lanes: bool) {
    let (process, id) = begun(has_lanes);
    let threads = [
        spawn(&process, Process::drive),
        spawn(&process, Process::replace_runner),
        spawn(&process, |process| drop(process.state())),
    ];
    let second_exit = spawn(&process, Process::wait_as_second_exit);
    let remover = spawn(&process, move |process| process.unregister(id));
    let registrar = spawn(&process, |process| {
        register_bare_in(&mut process.table(), || run_at(LATE), LATE, None).is_ok()
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let (is_unregistered, is_late_registered) =
        (remover.join().unwrap(), registrar.join().unwrap());
    let seen_by_second_exit = second_exit.join().unwrap();

    let mut expected: Vec<_> = PRIORITIES
        .into_iter()
        .filter(|&priority| !(is_unregistered && priority == UNREGISTERED))
        .collect();
    expected.extend(is_late_registered.then_some(LATE));
    expected.sort_unstable();
    let mut run = process.state();
    assert!(run.phase == Phase::Finished && run.active.is_empty());
    let reported = reported(&mut run, &mut process.table());
    assert_eq!(seen_by_second_exit, reported, "it ends the process after the whole run");
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
    check(model, false);
}

#[test]
fn every_handler_in_a_lane_runs_once_however_threads_interleave() {
    check(model, true);
}

/// A thread forks at any moment of a lease, and the model continues as the child.
fn model_of_fork(has_lanes: bool) {
    let (process, _) = begun(has_lanes);
    let threads = [Process::drive, Process::replace_runner, Process::fork]
        .map(|body: fn(&Process)| spawn(&process, body));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_forked_child_runs_its_own_handlers_whenever_in_a_lease_it_was_forked() {
    check(model_of_fork, false);
}

#[test]
fn a_forked_child_runs_its_own_handlers_whenever_in_a_lane_it_was_forked() {
    check(model_of_fork, true);
}
