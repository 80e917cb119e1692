//! Starts children that get a signal when this process has ended. The kernel sends it when the
//! *thread* that started the child ends. So it is the main thread, or one of this crate, which ends
//! only with the process, or when the process executes another program.

use crate::fork::identity;
use crate::sys::{self, StaticRef};
use crate::threads;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};

/// The thread that starts children for other threads of a process.
struct Starter {
    process: u64,
    orders: Sender<Order>,
}

/// A command to start. It goes back with what became of it.
struct Order {
    command: Command,
    reply: SyncSender<(Command, io::Result<Child>)>,
}

impl Order {
    fn carry_out(mut self) {
        // A panic must not end the thread: the kernel would send the signal to all children.
        let start = AssertUnwindSafe(|| sys::spawn_as_parent(&mut self.command));
        let started = catch_unwind(start).unwrap_or_else(|payload| {
            // Not dropped: it could panic in turn.
            core::mem::forget(payload);
            Err(io::Error::other("starting the child panicked"))
        });
        // The thread of the caller waits for it.
        _ = self.reply.send((self.command, started));
    }
}

/// That of the process that was the last one to need it.
static STARTER: StaticRef<Starter> = StaticRef::new();

pub(super) fn spawn(command: &mut Command) -> io::Result<Child> {
    if sys::is_main_thread() {
        return sys::spawn_as_parent(command);
    }
    let starter = starter()?;
    let (reply, answer) = sync_channel(1);
    let taken = core::mem::replace(command, Command::new(""));
    // Without the thread nothing answers, and the order is dropped.
    _ = starter.orders.send(Order { command: taken, reply });
    let has_ended = |_| io::Error::other("the thread that starts children has ended");
    let (given_back, started) = answer.recv().map_err(has_ended)?;
    *command = given_back;
    started
}

/// The thread of the calling process, which is started by the first call.
fn starter() -> io::Result<&'static Starter> {
    let process = identity::me();
    if let Some(starter) = STARTER.get().filter(|starter| starter.process == process) {
        return Ok(starter);
    }
    threads::keep_code_loaded();
    let (orders, received) = channel::<Order>();
    threads::spawn("exitmacro-child", move || received.into_iter().for_each(Order::carry_out))?;
    // Never dropped, so that the thread never ends: also not the one of a thread that came here at
    // the same time.
    let starter = Box::leak(Box::new(Starter { process, orders }));
    STARTER.set(starter);
    Ok(starter)
}
