//! Several processes that want one resource at the same moment.

use crate::forked::{fork, wait_for};
use exitmacro::resource;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;

/// How many of the processes got the resource.
pub(crate) fn winners_of(path: &Path, processes: usize) -> usize {
    let (start, starter) = pipe().expect("a pipe");
    let (end, ender) = pipe().expect("a pipe");
    let (mut answers, answer) = pipe().expect("a pipe");
    let mut children = Vec::new();
    for _ in 0..processes {
        let Some(child) = fork() else {
            drop((starter, ender));
            compete(path, start, &answer, end);
        };
        children.push(child);
    }
    drop(starter);
    let mut all = vec![0; processes];
    answers.read_exact(&mut all).expect("the children answer");
    drop(ender);
    assert!(children.into_iter().all(|child| wait_for(child) == 0));
    all.into_iter().filter(|&answer| answer == b'y').count()
}

/// No process releases the file before all have tried.
fn compete(path: &Path, mut start: PipeReader, mut answer: &PipeWriter, mut end: PipeReader) -> ! {
    start.read_to_end(&mut Vec::new()).expect("the parent starts it");
    let is_socket = path.ends_with("socket");
    let pid_file = (!is_socket).then(|| resource::pid_file(path));
    let socket = is_socket.then(|| resource::unix_socket(path));
    let is_mine =
        pid_file.as_ref().is_some_and(Result::is_ok) || socket.as_ref().is_some_and(Result::is_ok);
    answer.write_all(if is_mine { b"y" } else { b"n" }).expect("the parent reads");
    end.read_to_end(&mut Vec::new()).expect("the parent ends it");
    std::process::exit(0)
}
