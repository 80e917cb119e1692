//! Which process has the lock of a file.

use std::fs::File;

/// The process that has the lock, where the system shows it and it is alive.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn holder_of(file: &File) -> Option<u32> {
    use rustix::fs::{major, minor};
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    // Between two reads, other processes release locks, and the kernel skips a line for each.
    const LOOKS: u32 = 8;
    let found = file.metadata().ok()?;
    let file = (major(found.dev()), minor(found.dev()), found.ino());
    let holder = (0..LOOKS).find_map(|_| holder_in(&locks()?, file));
    // A process that has ended left its lock to a child.
    holder.filter(|id| Path::new(&format!("/proc/{id}")).exists())
}

/// The locks of the system, a line each.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn locks() -> Option<String> {
    use std::io::Read;

    // The kernel returns a whole page of lines that belong together where there is room, and one
    // line to a short read.
    const ROOM: usize = 1 << 14;
    let mut locks = String::with_capacity(ROOM);
    File::open("/proc/locks").ok()?.read_to_string(&mut locks).ok()?;
    Some(locks)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn holder_of(_file: &File) -> Option<u32> {
    None
}

/// The process in a line such as `1: FLOCK  ADVISORY  WRITE 4711 08:02:1312 0 EOF`. The numbers of
/// the device are hexadecimal. A line with `->` behind the number is of a process that waits.
#[cfg(any(target_os = "linux", target_os = "android", test))]
fn holder_in(locks: &str, (major, minor, inode): (u32, u32, u64)) -> Option<u32> {
    let whose = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [_, "FLOCK", _, "WRITE", process, file, ..] if file == whose => process.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_found_by_device_and_inode() {
        let locks = "\
1: POSIX  ADVISORY  WRITE 1 08:1f:1312 0 EOF
2: FLOCK  ADVISORY  READ  2 08:1f:1312 0 EOF
3: FLOCK  ADVISORY  WRITE 3 08:1f:13120 0 EOF
4: FLOCK  ADVISORY  WRITE 4 08:10:1312 0 EOF
5: -> FLOCK  ADVISORY  WRITE 5 08:1f:1312 0 EOF
6: FLOCK  ADVISORY  WRITE 6 08:1f:1312 0 EOF
";
        assert_eq!(holder_in(locks, (8, 31, 1312)), Some(6));
        assert_eq!(holder_in(locks, (8, 31, 7)), None);
        // Of a process in another namespace.
        assert_eq!(holder_in("1: FLOCK  ADVISORY  WRITE -1 08:1f:9 0 EOF", (8, 31, 9)), None);
    }
}
