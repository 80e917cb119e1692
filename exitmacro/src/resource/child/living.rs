//! The children that live, for the end of a process whose handlers had no time to end them.
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
    generation: u32,
}

/// The children that one process has started. It lives for ever, as a forked child may use it.
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
        let listed = Listed { child: Arc::downgrade(child), id, generation: generation::current() };
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
        let ours = children
            .iter()
            .filter(|listed| !registry::is_foreign(listed.id, listed.generation))
            .filter_map(|listed| listed.child.upgrade())
            .filter(|child| !child.has_ended.load(Relaxed));
        for child in ours {
            // The process ends in any case, and an error of its handler was printed.
            _ = sys::kill_group(&child.leader);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command};

    fn start() -> (Child, Arc<Living>) {
        let child = Command::new("sleep").arg("1000").process_group(0).spawn().expect("it starts");
        let living = Living::new(sys::ChildHandle::of(child.id()));
        (child, living)
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
        let signal = |child: &mut Child| child.wait().expect("it is a child").signal();
        assert_eq!(signal(&mut ours.0), Some(libc::SIGKILL));
        for child in [&mut ended.0, &mut dropped.0] {
            assert_eq!(child.try_wait().expect("it is a child"), None, "it lives on");
            child.kill().expect("it lives");
            signal(child);
        }
    }

    #[test]
    fn a_child_of_another_generation_is_left_alone() {
        let list = List::new(identity::me());
        let (mut child, living) = start();
        let generation = generation::current() + 1;
        let listed = Listed { child: Arc::downgrade(&living), id: None, generation };
        list.children.lock().expect("only this thread has it").push(listed);
        list.kill();
        assert_eq!(child.try_wait().expect("it is a child"), None, "it lives on");
        child.kill().expect("it lives");
        child.wait().expect("it is a child");
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
