//! Drains two queues: jobs of a rayon pool, and a channel of crossbeam between them and a thread
//! that prints. The pool is closed first, because its jobs send to the channel.
//!
//! The first argument names how the program ends: `return`, `exit`, `panic` or `signal`.

use crossbeam_channel::{Sender, unbounded};
use exitmacro::rayon::JoinedPool;
use exitmacro::{AtExitCell, priority};
// Most programs name it `rayon`, which has the same pool.
use rayon_core::ThreadPoolBuilder;
use std::thread::{self, JoinHandle};
use std::time::Duration;

static JOBS: AtExitCell<JoinedPool> = AtExitCell::new(|| {
    JoinedPool::new(ThreadPoolBuilder::new().num_threads(2).build().expect("threads start"))
})
.priority(priority::WORK + 1)
.name("jobs");

static PRINTER: AtExitCell<Printer> =
    AtExitCell::new(Printer::start).priority(priority::WORK).name("printer");

struct Printer {
    /// `None` at the end: the thread ends when the channel is empty and has no sender.
    queue: Option<Sender<u32>>,
    thread: Option<JoinHandle<()>>,
}

impl Printer {
    fn start() -> Self {
        let (queue, orders) = unbounded();
        let thread = thread::spawn(move || orders.iter().for_each(|order| println!("{order}")));
        Self { queue: Some(queue), thread: Some(thread) }
    }

    fn print(&self, order: u32) {
        self.queue.as_ref().expect("it is not closed").send(order).expect("the thread receives");
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        drop(self.queue.take());
        // A panic of the thread was printed already.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

#[exitmacro::main(signals)]
fn main() -> Result<(), exitmacro::CellError> {
    for order in 0..200 {
        JOBS.get()?.spawn(move || {
            thread::sleep(Duration::from_millis(2));
            PRINTER.with(|printer| printer.print(order)).expect("it is closed after the pool");
        });
    }
    exitmacro_endings::end();
    Ok(())
}
