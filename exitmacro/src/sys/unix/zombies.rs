//! Whether a process group has only zombies left, which no signal ends: those that a parent does
//! not reap, as the first process of many containers.

use crate::times::ZOMBIES_PAUSE;
use std::io::{self, ErrorKind};
use std::time::Instant;
use std::{fs, process};

/// Asks from time to time whether the processes of a group have ended.
pub(super) struct ZombieChecks {
    group: u32,
    next: Instant,
}

impl ZombieChecks {
    pub(super) fn new(group: u32) -> Self {
        Self { group, next: Instant::now() }
    }

    /// Whether `/proc` shows processes of the group, all of which have ended. `false` when it is
    /// not known: between two checks, and where `/proc` is missing, cannot be read, or shows the
    /// processes of another namespace.
    ///
    /// A process that is started meanwhile may be missed, and where `/proc` hides them, so are
    /// those of other users: send the group a signal before it is forgotten.
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
    fs::read_link("/proc/self").is_ok_and(|own| own.as_os_str() == &*process::id().to_string())
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
        let stat = match fs::read(entry.path().join("stat")) {
            Ok(stat) => stat,
            // Its parent has reaped it meanwhile.
            Err(error) if is_gone(&error) => continue,
            Err(error) => return Err(error),
        };
        match has_ended_in(&String::from_utf8_lossy(&stat), group) {
            None => {}
            Some(true) => found = Some(true),
            Some(false) => return Ok(Some(false)),
        }
    }
    Ok(found)
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// Whether the process of this line of `stat` has ended, if it belongs to the group.
fn has_ended_in(stat: &str, group: u32) -> Option<bool> {
    // The name of a program may contain anything, also parentheses, and the kernel cuts it between
    // the bytes of a character.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let _parent = fields.next()?;
    if fields.next()?.parse() != Ok(group) {
        return None;
    }
    let threads: u32 = fields.nth(14)?.parse().ok()?;
    // A process whose first thread has ended has the same state while its other threads live.
    Some(matches!(state, "Z" | "X") && threads <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    /// A line of `stat`.
    fn line(name: &str, state: char, group: u32, threads: u32) -> String {
        format!("7 ({name}) {state} 1 {group} 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 {threads} 0 99 0")
    }

    #[test]
    fn a_line_is_read_whatever_the_name_is() {
        assert_eq!(has_ended_in(&line("sh", 'Z', 42, 1), 42), Some(true));
        assert_eq!(has_ended_in(&line("a) Z 1 (42) b", 'S', 42, 1), 42), Some(false));
        assert_eq!(has_ended_in(&line("sh", 'Z', 43, 1), 42), None);
        assert_eq!(has_ended_in("7 (sh", 42), None);
        assert_eq!(has_ended_in("7 (sh) Z", 42), None);
        assert_eq!(has_ended_in("7 (sh) Z 1 42", 42), None);
    }

    #[test]
    fn a_process_whose_first_thread_has_ended_lives() {
        assert_eq!(has_ended_in(&line("sh", 'Z', 42, 2), 42), Some(false));
        assert_eq!(has_ended_in(&line("sh", 'X', 42, 0), 42), Some(true));
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

    /// The kernel keeps 15 bytes of the name, of which the last one is half a character.
    #[test]
    fn a_process_whose_name_is_no_text_is_not_overlooked() {
        let mut zombie = Command::new("true").process_group(0).spawn().unwrap();
        let group = zombie.id();
        while !are_all_of(group) {
            std::thread::yield_now();
        }
        let script = "printf \u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9} >/proc/$$/comm; \
                      echo renamed; read -r line";
        let mut living = Command::new("sh")
            .args(["-c", script])
            .process_group(group.cast_signed())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(living.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        let name = fs::read(format!("/proc/{}/comm", living.id())).unwrap();
        assert!(str::from_utf8(&name).is_err(), "{name:?}");
        assert!(!are_all_of(group), "one lives");
        living.kill().unwrap();
        living.wait().unwrap();
        zombie.wait().unwrap();
    }
}
