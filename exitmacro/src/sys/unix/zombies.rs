//! Whether a process group has only zombies left, which no signal ends: those that a parent does
//! not reap, as the first process of many containers.

use crate::times::ZOMBIES_PAUSE;
use std::time::Instant;
use std::{fs, io};

/// Looks at the processes of a group from time to time.
pub(super) struct Looks {
    group: u32,
    next: Instant,
}

impl Looks {
    pub(super) fn new(group: u32) -> Self {
        Self { group, next: Instant::now() }
    }

    /// Whether `/proc` shows processes of the group, all of which have ended. `false` when it is
    /// not known: between two looks, and where `/proc` is missing, or shows the processes of
    /// another namespace.
    ///
    /// A process that is started meanwhile may be missed: send it a signal before it is forgotten.
    pub(super) fn are_all(&mut self) -> bool {
        if Instant::now() < self.next {
            return false;
        }
        let are_all = are_all_of(self.group);
        self.next = Instant::now() + ZOMBIES_PAUSE;
        are_all
    }
}

fn are_all_of(group: u32) -> bool {
    is_proc_of_this_namespace() && all_have_ended(group).is_ok_and(|ended| ended == Some(true))
}

fn is_proc_of_this_namespace() -> bool {
    fs::read_link("/proc/self").is_ok_and(|own| own.as_os_str() == &*std::process::id().to_string())
}

/// `None` when there is no process of that group.
fn all_have_ended(group: u32) -> io::Result<Option<bool>> {
    let mut found = None;
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // One that is gone has been reaped.
        let Ok(text) = fs::read_to_string(entry.path().join("stat")) else { continue };
        match state_in(&text, group) {
            None => {}
            Some('Z' | 'X') => found = Some(true),
            Some(_) => return Ok(Some(false)),
        }
    }
    Ok(found)
}

/// The state that a line of `stat` shows, if the process belongs to the group.
fn state_in(text: &str, group: u32) -> Option<char> {
    // The name of a program may contain anything, also parentheses.
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?.chars().next()?;
    let _parent = fields.next()?;
    (fields.next()?.parse() == Ok(group)).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[test]
    fn a_line_is_read_whatever_the_name_is() {
        assert_eq!(state_in("7 (sh) Z 1 42 42 0 -1 0", 42), Some('Z'));
        assert_eq!(state_in("7 (a) Z 1 (42) b) S 1 42 42 0", 42), Some('S'));
        assert_eq!(state_in("7 (sh) Z 1 43 42 0", 42), None);
        assert_eq!(state_in("7 (sh", 42), None);
        assert_eq!(state_in("7 (sh) Z", 42), None);
    }

    #[test]
    fn a_group_has_only_zombies_when_its_last_process_has_ended() {
        let mut child = Command::new("sleep").arg("1000").process_group(0).spawn().unwrap();
        let group = child.id();
        assert!(!are_all_of(group), "it runs");
        child.kill().unwrap();
        while !are_all_of(group) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!are_all_of(group), "there is none");
    }
}
