//! Temporary directories with mounts inside, in a namespace of their own.

use crate::refused_calls::refuse;
use exitmacro::{Tracked, resource};
use std::ffi::{CStr, CString};
use std::path::Path;
use std::{fs, io, ptr};

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    let refused: &[_] = match what {
        "temp, with mounts" => &[],
        "temp, with mounts, before Linux 5.6" => {
            &[(libc::SYS_openat2, None), (libc::SYS_statx, None)]
        }
        "temp, with mounts, openat2 refused" => &[(libc::SYS_openat2, None)],
        _ => return false,
    };
    if let Err(error) = enter() {
        println!("left out: this user may not mount: {error}; root may");
        return true;
    }
    if !refused.is_empty() && !refuse(refused, libc::EPERM) {
        return true;
    }
    with_mounts(folder);
    true
}

fn enter() -> io::Result<()> {
    let is_ok = |result| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: no preconditions; there is one thread.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    // SAFETY: as above.
    if is_ok(unsafe { libc::unshare(libc::CLONE_NEWNS) }).is_err() {
        // SAFETY: as above.
        is_ok(unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) })?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        // Without a group, nothing can be made in a new file system.
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    mount(Path::new("/"), Path::new("/"), c"", libc::MS_REC | libc::MS_PRIVATE)
}

fn mount(source: &Path, target: &Path, kind: &CStr, flags: libc::c_ulong) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).expect("no NUL");
    // SAFETY: C strings, and no data.
    let result = unsafe {
        libc::mount(text(source).as_ptr(), text(target).as_ptr(), kind.as_ptr(), flags, ptr::null())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A directory of the same file system, and another file system.
fn with_mounts(folder: &Path) {
    let precious = folder.join("precious");
    fs::create_dir_all(precious.join("inner")).expect("the place is free");
    fs::write(precious.join("inner/file"), "text").expect("it is ours");
    // SAFETY: there is one thread.
    unsafe { std::env::set_var("TMPDIR", folder) };
    for (name, kind, flags) in
        [("bound", c"", libc::MS_BIND), ("file system", c"tmpfs", libc::MS_NOSUID)]
    {
        let dir = resource::temp_dir().expect("it can be made");
        let path = dir.path().to_owned();
        let point = path.join("one").join(name);
        fs::create_dir_all(&point).expect("it is ours");
        fs::create_dir_all(path.join("two/three")).expect("it is ours");
        if let Err(error) = mount(&precious, &point, kind, flags) {
            return println!("left out: this user may not mount: {error}; root may");
        }
        fs::write(point.join("kept"), "text").expect("it is ours");
        let error = Tracked::close(dir).expect_err("it stays").to_string();
        println!("{}", error.replace(&*path.to_string_lossy(), "_"));
        let left = [&precious.join("inner/file"), &point.join("kept"), &path.join("two")];
        // Not by `exists`, for which a libc of 32 bits needs what may be refused.
        println!("{:?}", left.map(|path| fs::File::open(path).is_ok()));
    }
}
