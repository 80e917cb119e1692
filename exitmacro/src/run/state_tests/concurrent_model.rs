//! All interleavings of three runners with concurrent handlers and edges.

use super::*;

/// Three runners and five handlers: two are concurrent; the third waits for both; the fourth has a
/// higher priority and waits for the third; the fifth runs alone.
fn concurrent_model() {
    use crate::handler::edge::Key;
    use crate::registry::tests::act_in;
    use shuttle::sync::{Condvar, Mutex};
    use shuttle::thread;

    struct Process {
        run: Mutex<Run>,
        table: Mutex<Table>,
        changed: Condvar,
        log: Mutex<Vec<(char, bool)>>,
    }

    impl Process {
        fn register(
            self: &Arc<Self>,
            name: char,
            priority: i32,
            concurrent: bool,
            after: Vec<Key>,
        ) -> Key {
            let process = Arc::clone(self);
            let act = move || {
                process.log.lock().unwrap().push((name, true));
                thread::yield_now();
                process.log.lock().unwrap().push((name, false));
            };
            Key::Id(act_in(&mut self.table.lock().unwrap(), act, priority, concurrent, after))
        }

        fn drive(&self) {
            let mut finished: Option<Finished> = None;
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
                let step = run.next(now, &mut table, alone(), &mut Line::new());
                drop(table);
                match step {
                    Step::Execute(invocation) => {
                        drop(run);
                        self.changed.notify_all();
                        finished = Some(execute(invocation));
                    }
                    Step::Wait => drop(self.changed.wait(run).unwrap()),
                    _ => return self.changed.notify_all(),
                }
            }
        }
    }

    let process = Arc::new(Process {
        run: Mutex::new(idle()),
        table: Mutex::new(Table::new()),
        changed: Condvar::new(),
        log: Mutex::default(),
    });
    let a = process.register('a', 0, true, vec![]);
    let b = process.register('b', 0, true, vec![]);
    let c = process.register('c', 0, true, vec![a, b]);
    process.register('d', 9, true, vec![c]);
    process.register('e', 0, false, vec![]);
    begin_registered(&mut process.run.lock().unwrap(), &mut process.table.lock().unwrap());
    let runners = [(); 3].map(|()| {
        let process = Arc::clone(&process);
        thread::spawn(move || process.drive())
    });
    for runner in runners {
        runner.join().unwrap();
    }
    let log = process.log.lock().unwrap();
    let at = |name: char, begins: bool| {
        log.iter().position(|&event| event == (name, begins)).expect("each begins and ends")
    };
    assert_eq!(log.len(), 10, "each once: {log:?}");
    for (first, second) in [('a', 'c'), ('b', 'c'), ('c', 'd')] {
        assert!(at(first, false) < at(second, true), "{second} waits for {first}: {log:?}");
    }
    assert!(process.run.lock().unwrap().phase == Phase::Finished);
}

#[test]
fn concurrent_handlers_keep_their_edges_however_threads_interleave() {
    shuttle::check_random(concurrent_model, 3_000);
    shuttle::check_pct(concurrent_model, 3_000, 3);
}
