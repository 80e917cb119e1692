//! A thread that waits stands for one of the parent, which a forked child does not have.

use super::*;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

/// Does that on another thread. What is returned receives something when it has finished.
fn start(work: impl FnOnce() + Send + 'static) -> Receiver<()> {
    let (finished, receiver) = channel();
    thread::spawn(move || {
        work();
        _ = finished.send(());
    });
    receiver
}

#[test]
fn a_post_wakes_a_thread_that_waits_or_is_about_to() {
    static WAKE: Wake = Wake::new();
    WAKE.prepare().expect("the system has pipes");
    WAKE.post();
    let woken = start(|| (0..2).for_each(|_| WAKE.wait()));
    assert_eq!(woken.try_recv(), Err(TryRecvError::Empty));
    WAKE.post();
    assert_eq!(woken.recv_timeout(LIMIT), Ok(()));
}

#[test]
fn a_child_prepares_its_own_while_a_thread_of_its_parent_waits() {
    static WAKE: Wake = Wake::new();
    WAKE.prepare().expect("the system has pipes");
    let [writer_of_parent, reader_of_parent] =
        [&WAKE.writer, &WAKE.reader].map(|end| end.load(Ordering::Acquire));
    let parent_woken = start(move || wait_on(reader_of_parent));
    // Long enough for the thread to be inside the wait. If it is not, this test shows less.
    thread::sleep(Duration::from_millis(100));
    let prepared = start(|| WAKE.prepare().expect("the system has pipes"));
    assert_eq!(prepared.recv_timeout(LIMIT), Ok(()), "it needs nothing that the thread has");
    let woken = start(|| WAKE.wait());
    WAKE.post();
    assert_eq!(woken.recv_timeout(LIMIT), Ok(()));
    assert_eq!(parent_woken.try_recv(), Err(TryRecvError::Empty), "not by a post of the child");
    // SAFETY: the buffer is one byte long, and the descriptor is open: none is ever closed.
    unsafe { libc::write(writer_of_parent, b"!".as_ptr().cast(), 1) };
    assert_eq!(parent_woken.recv_timeout(LIMIT), Ok(()));
}
