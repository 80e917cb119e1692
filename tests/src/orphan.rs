//! A forked child that lives on when its parent is killed.

use crate::forked::{fork, wait_for};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};

pub(crate) struct Orphan {
    /// How the parent ended.
    pub(crate) parent: i32,
    end: PipeWriter,
    ended: PipeReader,
}

impl Orphan {
    /// What `make` returns in the parent, the child gets by the fork.
    pub(crate) fn of<T>(make: impl FnOnce() -> T, in_child: impl FnOnce(T)) -> Self {
        let (mut answers, mut answer) = pipe().expect("a pipe");
        let (mut end, ender) = pipe().expect("a pipe");
        let Some(parent) = fork() else {
            drop(ender);
            let made = make();
            if fork().is_none() {
                in_child(made);
                answer.write_all(b".").expect("it is read");
                end.read_to_end(&mut Vec::new()).expect("it ends");
                // SAFETY: nothing is left to do.
                unsafe { libc::_exit(0) };
            }
            end.read_to_end(&mut Vec::new()).expect("it ends");
            unreachable!("it is killed");
        };
        drop(answer);
        answers.read_exact(&mut [0]).expect("the child answers");
        // SAFETY: the child has not been waited for.
        unsafe { libc::kill(parent, libc::SIGKILL) };
        Self { parent: wait_for(parent), end: ender, ended: answers }
    }

    /// Ends the child.
    pub(crate) fn end(mut self) {
        drop(self.end);
        // Closed by the end of the child.
        self.ended.read_to_end(&mut Vec::new()).expect("it ends");
    }
}
