//! All interleavings of register, unregister, run and abandon, thousands of which shuttle tries.

use super::*;

/// How often each handler of the model ran, returned, was unregistered or was refused.
#[derive(Default)]
struct Counts {
    runs: AtomicU32,
    returned: AtomicU32,
    removed: AtomicU32,
    refused: AtomicU32,
}

/// One process: two runners, of which the second one starts when the supervisor abandons the
/// handler of the first; a thread that registers, and one that unregisters.
fn model() {
    use shuttle::sync::Mutex;
    use shuttle::thread;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        counts: [Counts; 4],
    }

    impl Process {
        fn register(self: &Arc<Self>, which: usize, priority: i32) -> Option<HandlerId> {
            let process = Arc::clone(self);
            let run = move || {
                process.counts[which].runs.fetch_add(1, Relaxed);
                thread::yield_now();
                process.counts[which].returned.fetch_add(1, Relaxed);
                // The outcome identifies the handler.
                Err::<(), _>(priority)
            };
            let registered = register_in(&mut self.table.lock().unwrap(), run, priority);
            if registered.is_err() {
                self.counts[which].refused.fetch_add(1, Relaxed);
            }
            registered.ok()
        }

        fn unregister(&self, which: usize, id: HandlerId) {
            let mut table = self.table.lock().unwrap();
            let error = table.remove(id).err();
            let Counts { runs, returned, removed, .. } = &self.counts[which];
            match error {
                None => _ = removed.fetch_add(1, Relaxed),
                // This includes a handler that is about to begin.
                Some(Unregistered::Running) => assert_eq!(removed.load(Relaxed), 0),
                Some(error) => assert_eq!(
                    (returned.load(Relaxed), removed.load(Relaxed)),
                    (runs.load(Relaxed), 1 - runs.load(Relaxed)),
                    "{error:?}"
                ),
            }
        }

        fn drive(&self) {
            let mut finished = None;
            loop {
                let now = Moment::now();
                let mut run = self.run.lock().unwrap();
                let mut table = self.table.lock().unwrap();
                if finished.take().is_some_and(|finished| {
                    !run.settle(finished, now, &mut table, &mut Line::new())
                }) {
                    return;
                }
                let Step::Execute(invocation) =
                    run.next(now, &mut table, alone(), &mut Line::new())
                else {
                    return;
                };
                drop((run, table));
                thread::yield_now();
                finished = Some(execute(invocation));
            }
        }
    }

    let process = Arc::new(Process {
        run: Mutex::new(idle()),
        table: Mutex::new(Table::new()),
        counts: Default::default(),
    });
    let first = process.register(0, 0).expect("the run has not begun");
    let second = process.register(1, 1).expect("the run has not begun");
    begin_registered(&mut process.run.lock().unwrap(), &mut process.table.lock().unwrap());
    let spawn = |body: fn(&Arc<Process>, [HandlerId; 2])| {
        let process = Arc::clone(&process);
        thread::spawn(move || body(&process, [first, second]))
    };
    let threads = [
        spawn(|process, _| process.drive()),
        spawn(|process, _| {
            process.register(2, 2);
            if let Some(id) = process.register(3, -2) {
                process.unregister(3, id);
            }
        }),
        spawn(|process, [first, second]| {
            process.unregister(0, first);
            process.unregister(1, second);
            process.unregister(0, first);
        }),
        spawn(|process, _| {
            let abandoned = {
                let mut run = process.run.lock().unwrap();
                let running = run.active.iter().next().map(|current| current.number);
                if let Some(invocation) = running {
                    let (now, table) = (Moment::now(), &mut process.table.lock().unwrap());
                    run.abandon(invocation, End::Abandoned, now, table, &mut Line::new());
                }
                running.is_some()
            };
            if abandoned {
                process.drive();
            }
        }),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    let run = process.run.lock().unwrap();
    assert!(run.phase == Phase::Finished && run.active.is_empty());
    for (own, which) in process.counts.iter().zip(0..) {
        let counts = [&own.runs, &own.removed, &own.refused].map(|count| count.load(Relaxed));
        assert_eq!(
            counts.iter().sum::<u32>(),
            1,
            "handler {which} ran, was removed, was refused: {counts:?}"
        );
    }
    for id in [first, second] {
        assert_eq!(
            process.table.lock().unwrap().remove(id).err(),
            Some(Unregistered::Finished),
            "all runners have returned"
        );
    }
    let ran: u32 = process.counts.iter().map(|own| own.runs.load(Relaxed)).sum();
    assert_eq!(
        run.report(Moment::now()).handlers().len(),
        ran as usize,
        "one line of the report for each handler that ran"
    );
    for handler in run.report(Moment::now()).handlers() {
        let own = Outcome::Failed(handler.priority().to_string());
        assert!(
            [own, Outcome::TimedOut].contains(handler.outcome()),
            "the outcome of another handler: {handler:?}"
        );
    }
}

#[test]
fn every_handler_runs_or_is_removed_or_is_refused_however_threads_interleave() {
    shuttle::check_random(model, 3_000);
    shuttle::check_pct(model, 3_000, 3);
}
