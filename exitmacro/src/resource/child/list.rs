//! The list of the children that live, for the end of a process whose handlers had no time to end
//! them.
//!
//! Each process has a list of those that it started. A forked child makes one of its own: the lock
//! of its parent's may be held for ever. It looks at its parent's list as well, because it may have
//! adopted the children there.

use crate::fork::{generation, identity};
use crate::handler::id::HandlerId;
use crate::registry;
use crate::run::children_left;
use crate::sys::{self, StaticRef};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A child, until its handle drops.
#[derive(Debug)]
pub(super) struct Living {
    pub(super) leader: sys::ChildHandle,
    has_ended: AtomicBool,
    /// The process that has started it.
    generation: u32,
}

impl Living {
    pub(super) fn new(leader: sys::ChildHandle) -> Arc<Self> {
        Arc::new(Self {
            leader,
            has_ended: AtomicBool::new(false),
            generation: generation::current(),
        })
    }

    /// Why the calling process, which is a forked child of the one that has started it, cannot end
    /// it: it is a sibling, and only a descriptor shows whether its number is still its own.
    pub(super) fn why_out_of_reach(&self) -> Option<io::Error> {
        let is_out_of_reach = self.generation != generation::current()
            && !self.leader.is_held()
            && sys::is_number_in_use(&self.leader);
        is_out_of_reach.then(|| {
            io::Error::other(
                "only the process that started it can end it, because this one has no descriptor \
                 of it: close it before the fork, or keep the descriptors open",
            )
        })
    }

    /// Notes that it and its group have ended.
    pub(super) fn note_end(&self) {
        self.has_ended.store(true, Relaxed);
    }
}

/// A child, and what decides which process ends it.
#[derive(Debug)]
struct Listed {
    child: Weak<Living>,
    id: Option<HandlerId>,
}

/// The children that the process `process` has started. That process never frees the list, because
/// its forked children may read it.
struct List {
    process: u64,
    children: Mutex<Vec<Listed>>,
    /// That of another process: of a parent, or of a child that it forked.
    next: StaticRef<Self>,
}

static FIRST: StaticRef<List> = StaticRef::new();
static KILL_ALL: fn() = kill_all;

/// Lists a child of the calling process, which is tracked under that id.
pub(super) fn note(child: &Arc<Living>, id: Option<HandlerId>) {
    of_this_process().note(child, id);
    children_left::KILL.set(&KILL_ALL);
}

fn kill_all() {
    let mut next = FIRST.get();
    while let Some(list) = next {
        list.kill();
        next = list.next.get();
    }
}

fn of_this_process() -> &'static List {
    let process = identity::me();
    let mut place = &FIRST;
    loop {
        let list = place.get().unwrap_or_else(|| {
            let new = Box::leak(Box::new(List::new(process)));
            // Another thread may have set its own meanwhile.
            place.set_first(new).unwrap_or(new)
        });
        if list.process == process {
            return list;
        }
        place = &list.next;
    }
}

impl List {
    const fn new(process: u64) -> Self {
        Self { process, children: Mutex::new(Vec::new()), next: StaticRef::new() }
    }

    fn note(&self, child: &Arc<Living>, id: Option<HandlerId>) {
        let listed = Listed { child: Arc::downgrade(child), id };
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        if children.len() == children.capacity() {
            children.retain(|listed| listed.child.strong_count() > 0);
        }
        children.push(listed);
    }

    /// Kills those that the calling process is to end, with their groups. Does not wait for their
    /// end: the first process of the system reaps them.
    fn kill(&self) {
        // A lock that stays held is a parent's: see above.
        let Some(children) = sys::if_soon_free(&self.children, 1000) else { return };
        for Listed { child, id } in children.iter() {
            let Some(child) = child.upgrade() else { continue };
            if !registry::is_foreign(*id, child.generation) && !child.has_ended.load(Relaxed) {
                // The process ends in any case, and an error of its handler was printed.
                _ = sys::kill_group(&child.leader);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command};

    fn start() -> (Child, Arc<Living>) {
        let child = Command::new("sleep").arg("60").process_group(0).spawn().expect("it starts");
        let living = Living::new(sys::ChildHandle::of(child.id()));
        (child, living)
    }

    /// The signal that ends it.
    fn signal(child: &mut Child) -> Option<i32> {
        child.wait().expect("it is a child").signal()
    }

    /// Ends it. Had it been killed, that would be the signal of its end, whichever came first.
    #[track_caller]
    fn assert_lives_on(child: &mut Child) {
        assert_eq!(child.try_wait().expect("it is a child"), None, "it lives on");
        kill_process(Pid::from_child(child), Signal::TERM).expect("it is a child");
        assert_eq!(signal(child), Some(libc::SIGTERM));
    }

    #[test]
    fn what_lives_and_is_ours_is_killed() {
        let list = List::new(identity::me());
        let [mut ours, mut ended, mut dropped] = [(); 3].map(|()| start());
        for (_, living) in [&ours, &ended, &dropped] {
            list.note(living, None);
        }
        ended.1.note_end();
        drop(dropped.1);
        list.kill();
        assert_eq!(signal(&mut ours.0), Some(libc::SIGKILL));
        assert_lives_on(&mut ended.0);
        assert_lives_on(&mut dropped.0);
    }

    #[test]
    fn a_child_of_another_generation_is_left_alone() {
        let list = List::new(identity::me());
        let (mut child, mut living) = start();
        Arc::get_mut(&mut living).expect("nothing else has it").generation += 1;
        list.note(&living, None);
        list.kill();
        assert_lives_on(&mut child);
    }

    #[test]
    fn a_list_does_not_grow_with_children_that_are_gone() {
        let list = List::new(identity::me());
        let (mut child, living) = start();
        list.note(&living, None);
        for _ in 0..100 {
            list.note(&Living::new(sys::ChildHandle::of(child.id())), None);
        }
        assert!(list.children.lock().expect("only this thread has it").len() < 10);
        child.kill().expect("it lives");
        child.wait().expect("it is a child");
    }

    #[test]
    fn each_process_has_one_list() {
        let lists =
            [(); 4].map(|()| std::thread::spawn(|| of_this_process() as *const List as usize));
        let lists = lists.map(|thread| thread.join().expect("it does not panic"));
        assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    }
}
