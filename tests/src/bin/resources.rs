//! Ready-made resources in the folder of the second argument, used as the first one says.

mod forked;

use exitmacro::{Tracked, at_exit, resource};
use forked::{fork, wait_for};
use std::fs;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn main() {
    let what = std::env::args().nth(1).expect("what to do");
    let folder = PathBuf::from(std::env::args().nth(2).expect("a folder"));
    let code = std::env::args().nth(3).map_or(0, |code| code.parse().expect("a number"));
    match what.as_str() {
        "temp" => temp(false),
        "temp, kept on failure" => temp(true),
        "temp, gone already" => {
            fs::remove_dir_all(kept(resource::temp_dir().expect("it can be made")).path())
                .expect("it is there")
        }
        "pid file" => println!("{:?}", made(resource::pid_file(folder.join("pid")))),
        "pid file, killed" => {
            println!("{:?}", made(resource::pid_file(folder.join("pid"))));
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "pid file, twice" => pid_file_twice(&folder.join("pid")),
        "pid files at the same moment" => pid_files_at_the_same_moment(&folder.join("pid")),
        "pid file, passed around" => pid_file_passed_around(&folder),
        "pid file of a child" => pid_file_of_a_child(&folder.join("pid")),
        "pid file of a daemon" => pid_file_of_a_daemon(&folder.join("pid")),
        "pid file of another" => {
            kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            fs::write(folder.join("pid"), "1\n").expect("it can be written");
        }
        "socket" => println!("{:?}", made(resource::unix_socket(folder.join("socket")))),
        // No process has it then, nor does one that a test has started and that is not another
        // program yet.
        "socket, killed" => {
            kept(resource::unix_socket(folder.join("socket")).expect("it can be made"));
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "datagram socket, killed" => {
            let _socket = UnixDatagram::bind(folder.join("socket")).expect("the place is free");
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "socket, without the right to read its directory" => {
            socket_in_an_unreadable_directory(&folder)
        }
        "temp, not to be removed" => temp_that_is_not_to_be_removed(&folder),
        "temp, written into" => temp_that_is_written_into(),
        "socket of another" => {
            kept(resource::unix_socket(folder.join("socket")).expect("it can be made"));
            fs::remove_file(folder.join("socket")).expect("it is there");
            drop(UnixListener::bind(folder.join("socket")).expect("the place is free"));
        }
        // Waits for what it started, so that no other process has to, whenever that would be.
        "child" => {
            child(&folder, "trap 'wait; exit' TERM; sleep 1000 & echo $! > grandchild; wait")
        }
        "stubborn child" => {
            child(&folder, "trap '' TERM; sleep 1000 & echo $! > grandchild; wait; wait")
        }
        "child that has ended" => {
            let mut command = Command::new("true");
            let child = kept(resource::child(&mut command).expect("it starts"));
            child.child().wait().expect("it ends");
        }
        "in a forked child" => in_a_forked_child(&folder),
        "sockets at the same moment" => sockets_at_the_same_moment(&folder.join("socket")),
        "after chdir" | "after chroot" | "after all descriptors were closed" => {
            found_again(&what, &folder)
        }
        "lost by a move" | "lost by chroot" => lost(&what, &folder),
        "errors that name a path" => errors_that_name_a_path(&folder),
        "pid file, rewritten when it is gone" => {
            let pid_file = kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            fs::remove_file(pid_file.path()).expect("it is there");
            println!("{:?}", pid_file.rewrite().map_err(|error| error.kind()));
        }
        "pid file, rewritten without its descriptor" => {
            let pid_file = kept(resource::pid_file(folder.join("pid")).expect("it can be made"));
            close_all();
            println!("{:?}", pid_file.rewrite().map_err(|error| error.to_string()));
        }
        "many temporary files" => {
            let few = libc::rlimit { rlim_cur: 256, rlim_max: 256 };
            // SAFETY: the limit is readable.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few) }, 0);
            let files: Vec<_> = (0..2_000)
                .map(|_| resource::temp_file().expect("they share a descriptor"))
                .collect();
            println!("{}", files.len());
        }
        "child of a reaped leader" => child_of_a_reaped_leader(&folder, false),
        "child of a reaped leader, found by numbers" => child_of_a_reaped_leader(&folder, true),
        "child, reaped by another" => {
            have_others_wait(&fs::read_to_string(folder.join("reaper")).expect("the test says"));
            let sleep = || Command::new("sleep").arg("1000").spawn().expect("it starts");
            kept(exitmacro::track(sleep()));
            kept(exitmacro::track(Mutex::new(sleep())));
            kept(exitmacro::track(Mutex::new(Some(sleep()))));
            let mut command = Command::new("sleep");
            kept(resource::child(command.arg("1000")).expect("it starts"));
            // These have ended before.
            kept(exitmacro::track(Command::new("true").spawn().expect("it starts")));
            kept(resource::child(&mut Command::new("true")).expect("it starts"));
        }
        "child that follows its parent" => {
            let options =
                resource::ChildOptions::new().parent_death_signal(exitmacro::Signal::TERM);
            let mut command = Command::new("sleep");
            // Twice, for a command may start several children.
            let children = [(); 2].map(|()| {
                kept(resource::child_with(command.arg("1000"), options).expect("it starts"))
            });
            for child in children {
                println!("{}", child.id());
            }
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "stubborn child with a short grace" => {
            let options = resource::ChildOptions::new().grace(Duration::from_millis(50));
            let mut command = Command::new("sh");
            let child = kept(
                resource::child_with(
                    command
                        .args(["-c", "trap '' TERM; echo ready; sleep 1000"])
                        .stdout(Stdio::piped()),
                    options,
                )
                .expect("it starts"),
            );
            let mut stdout = child.child().stdout.take().expect("it is a pipe");
            stdout.read_exact(&mut [0; 6]).expect("it is ready");
        }
        "child that needs its time" => {
            let options = resource::ChildOptions::new().grace(Duration::from_secs(60));
            let script = "trap 'sleep 3; echo ended > ended; exit' TERM; echo ready; while :; do sleep 0.1; done";
            let mut command = Command::new("sh");
            let command = command
                .current_dir(&folder)
                .args(["-c", script])
                .stdout(Stdio::piped())
                .stderr(Stdio::null());
            let child = kept(resource::child_with(command, options).expect("it starts"));
            let mut stdout = child.child().stdout.take().expect("it is a pipe");
            stdout.read_exact(&mut [0; 6]).expect("it is ready");
        }
        "number that came back" => number_that_came_back(),
        "thread that panics" => {
            std::panic::set_hook(Box::new(|_| ()));
            let named = thread::Builder::new()
                .name("writer".to_owned())
                .spawn(|| panic!("disk full"))
                .expect("a thread starts");
            kept(exitmacro::track(Mutex::new(Some(named))));
            kept(exitmacro::track(Mutex::new(Some(thread::spawn(|| panic!("{}", 42))))));
            kept(exitmacro::track(Mutex::new(Some(thread::spawn(|| 42)))));
        }
        other => panic!("unknown: {other}"),
    }
    std::process::exit(code);
}

/// Leaves the handle to the exit.
fn kept<T: exitmacro::AtExitCleanup>(value: Tracked<T>) -> &'static Tracked<T> {
    Box::leak(Box::new(value))
}

fn made<T: exitmacro::AtExitCleanup>(
    result: std::io::Result<Tracked<T>>,
) -> Result<(), std::io::ErrorKind> {
    result.map(|value| _ = kept(value)).map_err(|error| error.kind())
}

fn temp(keep: bool) {
    let dropped = resource::temp_dir().expect("it can be made");
    let path = dropped.path().to_owned();
    drop(dropped);
    println!("gone after its drop: {}", !path.exists());
    let dir = kept(resource::temp_dir().expect("it can be made"));
    fs::create_dir(dir.path().join("inner")).expect("it is there");
    fs::write(dir.path().join("inner/file"), "text").expect("it is there");
    let file = kept(resource::temp_file().expect("it can be made"));
    fs::File::create(file.path())
        .and_then(|mut file| file.write_all(b"text"))
        .expect("it is there");
    if keep {
        dir.keep_on_failure();
    }
    println!("{}\n{}", dir.path().display(), file.path().display());
}

/// Starts a shell that starts a child in turn, and waits until the child runs.
/// A directory whose inner directory may not be changed.
fn temp_that_is_not_to_be_removed(folder: &Path) {
    fs::set_permissions(folder, PermissionsExt::from_mode(0o777)).expect("it is ours");
    obey_permissions();
    // SAFETY: there is one thread.
    unsafe { std::env::set_var("TMPDIR", folder) };
    let dir = match resource::temp_dir() {
        Ok(dir) => dir,
        Err(error) => return println!("left out: not to be reached: {error}"),
    };
    let (path, inner) = (dir.path().to_owned(), dir.path().join("inner"));
    fs::create_dir(&inner).expect("it is ours");
    fs::write(inner.join("file"), "").expect("it is ours");
    fs::set_permissions(&inner, PermissionsExt::from_mode(0o555)).expect("it is ours");
    let error = Tracked::close(dir).expect_err("it stays").to_string();
    println!("{}", error.replace(&*path.to_string_lossy(), "_"));
    fs::set_permissions(&inner, PermissionsExt::from_mode(0o755)).expect("it is ours");
    fs::remove_dir_all(path).expect("it is ours");
}

/// A thread writes into a directory while that is removed, often, and not for ever.
fn temp_that_is_written_into() {
    let mut removed = 0;
    for _ in 0..200 {
        let dir = resource::temp_dir().expect("it can be made");
        let path = dir.path().to_owned();
        let (begin, is_time) = mpsc::channel::<()>();
        let writer = thread::spawn(move || {
            assert!(is_time.recv().is_err());
            // Fewer than the rounds of the removal.
            (0..60).for_each(|number| drop(fs::File::create(path.join(number.to_string()))));
        });
        drop(begin);
        removed += u32::from(Tracked::close(dir).is_ok());
        writer.join().expect("it does not panic");
    }
    println!("{removed} times removed");
}

fn child(folder: &Path, script: &str) {
    let mut command = Command::new("sh");
    let child =
        kept(resource::child(command.current_dir(folder).args(["-c", script])).expect("it starts"));
    let grandchild =
        || fs::read_to_string(folder.join("grandchild")).unwrap_or_default().trim().to_owned();
    // Until then it is a copy of the shell, with the traps of that.
    while !fs::read_to_string(format!("/proc/{}/comm", grandchild()))
        .is_ok_and(|name| name == "sleep\n")
    {
        thread::sleep(Duration::from_millis(1));
    }
    println!("{}\n{}", child.id(), grandchild());
}

fn in_a_forked_child(folder: &Path) {
    let dir = resource::temp_dir().expect("it can be made");
    let pid_file = resource::pid_file(folder.join("pid")).expect("it can be made");
    let Some(child) = fork() else {
        drop((dir, pid_file));
        std::process::exit(0);
    };
    assert_eq!(wait_for(child), 0);
    println!("{} {}", dir.path().exists(), pid_file.path().exists());
    println!("{:?}", made(resource::pid_file(folder.join("pid"))));
}

fn errors_that_name_a_path(folder: &Path) {
    let text = |error: io::Error| error.to_string().replace(&*folder.to_string_lossy(), "_");
    let socket = folder.join("socket");
    let _other = UnixListener::bind(&socket).expect("the place is free");
    println!("{}", resource::unix_socket(&socket).map_err(text).expect_err("it is in use"));
    let inside = folder.join("gone");
    println!(
        "{}",
        resource::pid_file(inside.join("pid"))
            .map_err(text)
            .expect_err("there is no such directory")
    );
    fs::create_dir(&inside).expect("the place is free");
    std::env::set_current_dir(&inside).expect("it is there");
    fs::remove_dir(&inside).expect("it is empty");
    println!(
        "{}",
        resource::pid_file("pid").map_err(text).expect_err("there is no such directory")
    );
    println!(
        "{}",
        resource::unix_socket("socket").map_err(text).expect_err("there is no such directory")
    );
}

fn pid_file_twice(path: &Path) {
    let first = resource::pid_file(path).expect("no process has it");
    println!(
        "{}",
        resource::pid_file(path).is_err_and(|error| error
            .to_string()
            .ends_with(&format!("pid: process {} has it", std::process::id())))
    );
    drop(first);
    println!("{:?}", made(resource::pid_file(path)));
}

/// Has several processes take over one file that was left behind, again and again, and counts how
/// often one of them got it.
fn pid_files_at_the_same_moment(path: &Path) {
    let mut once = 0;
    for _ in 0..200 {
        fs::write(path, "999999999\n").expect("it can be written");
        once += u32::from(winners_of(path, 8) == 1);
        assert!(!path.exists(), "the one who had it has ended");
    }
    println!("{once} times one");
}

fn sockets_at_the_same_moment(path: &Path) {
    IS_SLOW.store(true, Ordering::Relaxed);
    let mut once = 0;
    for _ in 0..200 {
        // Dropped without being removed, as by a process that is killed.
        drop(UnixListener::bind(path).expect("the place is free"));
        once += u32::from(winners_of(path, 6) == 1);
        _ = fs::remove_file(path);
    }
    println!("{once} times one");
}

/// Whether a process that finds a dead socket takes its time before it does something about it.
static IS_SLOW: AtomicBool = AtomicBool::new(false);

/// In place of libc's: std calls this one, and so does what looks whether a socket is dead.
///
/// # Safety
///
/// That of libc's.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
unsafe extern "C" fn connect(
    socket: libc::c_int,
    address: *const libc::sockaddr,
    length: libc::socklen_t,
) -> libc::c_int {
    // SAFETY: as of the caller.
    let answer = unsafe { libc::syscall(libc::SYS_connect, socket, address, length) };
    // SAFETY: the place is that of the calling thread.
    let is_refused = || unsafe { *libc::__errno_location() } == libc::ECONNREFUSED;
    if answer != 0 && IS_SLOW.load(Ordering::Relaxed) && is_refused() {
        thread::sleep(Duration::from_millis(2));
        // SAFETY: the same.
        unsafe { *libc::__errno_location() = libc::ECONNREFUSED };
    }
    libc::c_int::try_from(answer).expect("it is 0 or -1")
}

fn winners_of(path: &Path, processes: usize) -> usize {
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

/// A directory that may be written to, as those of daemons that accept the files of others. Root
/// may read any. Root does not: from now on this is a process of another user.
fn obey_permissions() {
    const NOBODY: libc::uid_t = 65534;
    // SAFETY: no preconditions; there is one thread.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!((libc::setgid(NOBODY), libc::setuid(NOBODY)), (0, 0));
        }
    }
}

fn socket_in_an_unreadable_directory(folder: &Path) {
    let listener = UnixListener::bind(folder.join("socket")).expect("the place is free");
    fs::set_permissions(folder.join("socket"), PermissionsExt::from_mode(0o777))
        .expect("it is ours");
    fs::set_permissions(folder, PermissionsExt::from_mode(0o333)).expect("it is ours");
    drop(listener);
    obey_permissions();
    if let Err(error) = fs::symlink_metadata(folder.join("socket")) {
        return println!(
            "left out: another user does not reach the folder of temporary files: {error}; a `TMPDIR` that is open to all users"
        );
    }
    assert!(fs::read_dir(folder).is_err());
    println!("{:?}", made(resource::unix_socket(folder.join("socket"))));
}

/// No process gives the file back before all have tried.
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

/// Has several processes take the file and give it back, again and again. The process that has it
/// makes a mark that no other one may find.
fn pid_file_passed_around(folder: &Path) {
    let take_and_give_back = || {
        for _ in 0..100 {
            let pid_file = std::iter::repeat_with(|| resource::pid_file(folder.join("pid")))
                .find_map(Result::ok);
            fs::File::create_new(folder.join("mark")).expect("no other process has the file");
            thread::yield_now();
            fs::remove_file(folder.join("mark")).expect("it is there");
            drop(pid_file);
        }
        std::process::exit(0)
    };
    let children: Vec<_> = (0..4).map(|_| fork().unwrap_or_else(take_and_give_back)).collect();
    println!("{:?}", children.into_iter().map(wait_for).collect::<Vec<_>>());
}

/// The child of a process that has a file gives up its part of it. When the process is killed, the
/// file is free, although the child lives.
fn pid_file_of_a_child(path: &Path) {
    let (mut end, ender) = pipe().expect("a pipe");
    let (mut answers, mut answer) = pipe().expect("a pipe");
    let Some(owner) = fork() else {
        drop(ender);
        let pid_file = resource::pid_file(path).expect("no process has it");
        if fork().is_none() {
            drop(pid_file);
            answer.write_all(b".").expect("it is read");
        }
        end.read_to_end(&mut Vec::new()).expect("it ends");
        std::process::exit(0);
    };
    answers.read_exact(&mut [0]).expect("the child answers");
    println!("{:?}", made(resource::pid_file(path)));
    // SAFETY: the child has not been waited for.
    unsafe { libc::kill(owner, libc::SIGKILL) };
    println!("{}", wait_for(owner));
    println!("{:?}", made(resource::pid_file(path)));
    drop(ender);
}

/// A file that is made before the fork is the daemon's after it.
fn pid_file_of_a_daemon(path: &Path) {
    let (mut parent_ends, held_by_parent) = pipe().expect("a pipe");
    let pid_file = kept(resource::pid_file(path).expect("no process has it"));
    if fork().is_some() {
        // Closed by the end of the process alone.
        std::mem::forget(held_by_parent);
        return;
    }
    drop(held_by_parent);
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    exitmacro::adopt().expect("it is not too late");
    pid_file.rewrite().expect("it is open");
    parent_ends.read_to_end(&mut Vec::new()).expect("the pipe ends with the parent");
    println!("{:?}", made(resource::pid_file(path)));
    println!(
        "{}",
        fs::read_to_string(path).expect("it is there") == format!("{}\n", std::process::id())
    );
}

/// Resources of relative paths, and the process elsewhere when they go.
fn found_again(what: &str, folder: &Path) {
    std::env::set_current_dir(folder).expect("it is there");
    fs::create_dir_all("run/inner").expect("the place is free");
    let socket = kept(resource::unix_socket("run/socket").expect("it can be made"));
    let pid_file = kept(resource::pid_file("pid").expect("it can be made"));
    // SAFETY: no other thread runs.
    unsafe { std::env::set_var("TMPDIR", "run/inner") };
    let dir = kept(resource::temp_dir().expect("it can be made"));
    let file = kept(resource::temp_file().expect("it can be made"));
    fs::create_dir_all(dir.path().join("one/two")).expect("it is there");
    fs::write(dir.path().join("one/two/file"), "text").expect("it is there");
    fs::write("outside", "text").expect("it is there");
    std::os::unix::fs::symlink(
        std::path::absolute("run").expect("it is there"),
        dir.path().join("one/link"),
    )
    .expect("the place is free");
    println!(
        "{} {} {} {}",
        socket.path().exists(),
        pid_file.path().exists(),
        dir.path().exists(),
        file.path().exists()
    );
    match what {
        "after chroot" => {
            // SAFETY: a C string, and no preconditions.
            if unsafe { libc::chroot(c"run/inner".as_ptr()) } != 0 {
                println!(
                    "left out: this user may not change the root: {}; root may",
                    io::Error::last_os_error()
                );
            }
            std::env::set_current_dir("/").expect("it is there");
            pid_file.rewrite().expect("it is there");
        }
        "after chdir" => {
            std::env::set_current_dir("/").expect("it is there");
            pid_file.rewrite().expect("it is there");
        }
        _ => {
            std::env::set_current_dir("/").expect("it is there");
            close_all();
        }
    }
}

/// Resources that are not found again: neither by a descriptor nor by a path.
fn lost(what: &str, folder: &Path) {
    std::env::set_current_dir(folder).expect("it is there");
    fs::create_dir("here").expect("the place is free");
    kept(resource::unix_socket("here/socket").expect("it can be made"));
    kept(resource::pid_file("here/pid").expect("it can be made"));
    // SAFETY: no other thread runs.
    unsafe { std::env::set_var("TMPDIR", "here") };
    kept(resource::temp_dir().expect("it can be made"));
    kept(resource::temp_file().expect("it can be made"));
    close_all();
    if what == "lost by a move" {
        fs::rename("here", "elsewhere").expect("the place is free");
    } else if let Err(error) = std::os::unix::fs::chroot("here") {
        println!("left out: this user may not change the root: {error}; root may");
    }
}

/// Closes all descriptors but the usual three.
fn close_all() {
    for descriptor in 3..100 {
        // SAFETY: what daemons do; std uses none of them from here on.
        unsafe { libc::close(descriptor) };
    }
}

/// Waits for all children on another thread, as the first process of a container does, until this
/// one ends.
fn reap_all() {
    thread::spawn(|| {
        loop {
            // SAFETY: a null status is not written.
            if unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) } < 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
}

/// Has children waited for by something else than this crate.
fn have_others_wait(what: &str) {
    match what {
        // SAFETY: no handler.
        "kernel" => _ = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) },
        "flag" => {
            // SAFETY: all zeroes is a valid action, that of the default.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_flags = libc::SA_NOCLDWAIT;
                libc::sigaction(libc::SIGCHLD, &raw const action, std::ptr::null_mut());
            }
        }
        "thread" => reap_all(),
        "handle" => {}
        other => panic!("unknown: {other}"),
    }
}

/// A shell that ends, and leaves a process in its group.
fn child_of_a_reaped_leader(folder: &Path, by_number: bool) {
    if by_number {
        forbid_descriptors();
    }
    have_others_wait(&fs::read_to_string(folder.join("reaper")).expect("the test says"));
    let mut command = Command::new("sh");
    let child = kept(
        resource::child(
            command.current_dir(folder).args(["-c", "sleep 1000 & echo $! > grandchild"]),
        )
        .expect("it starts"),
    );
    // Whatever it says, the child has ended then.
    _ = child.child().wait();
    println!("{}", fs::read_to_string(folder.join("grandchild")).expect("it was written").trim());
}

/// Has the calls that open and use a descriptor of a process fail, as in an older kernel.
fn forbid_descriptors() {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, libc::SYS_pidfd_open as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the filter is valid, and copied by the kernel.
    let is_taken = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    };
    if !is_taken {
        println!(
            "left out: the kernel lets this process filter no system calls; `CONFIG_SECCOMP_FILTER`, and a container that allows `prctl`"
        );
    }
}

/// Another child gets the number of one that this crate holds. It must live on.
fn number_that_came_back() {
    let mut command = Command::new("true");
    let by_group = kept(resource::child(&mut command).expect("it starts"));
    let first = by_group.id().cast_signed();
    // Not through the handle, which therefore knows nothing of it.
    assert_eq!(wait_for(first), 0);
    let second = with_number(first, true);
    let third = Command::new("true").spawn().expect("it starts");
    let number = third.id().cast_signed();
    let third = kept(exitmacro::track(Mutex::new(third)));
    third.lock().expect("only this thread has it").wait().expect("it ends");
    let fourth = with_number(number, false);
    let (Some(second), Some(fourth)) = (second, fourth) else {
        println!(
            "left out: this process may not choose the numbers of its children; root may, where `/proc/sys` can be written to"
        );
        for child in [second, fourth].into_iter().flatten() {
            // SAFETY: the child has not been waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            wait_for(child);
        }
        return;
    };
    SPARED.lock().expect("only this thread has it").extend([second, fourth]);
}

static SPARED: Mutex<Vec<libc::pid_t>> = Mutex::new(Vec::new());

/// A child of that number, which does nothing.
fn with_number(number: libc::pid_t, leads_a_group: bool) -> Option<libc::pid_t> {
    for _ in 0..1_000 {
        fs::write("/proc/sys/kernel/ns_last_pid", (number - 1).to_string()).ok()?;
        let Some(child) = fork() else {
            // SAFETY: no preconditions.
            unsafe {
                if leads_a_group {
                    libc::setpgid(0, 0);
                }
                loop {
                    libc::pause();
                }
            }
        };
        if child == number {
            return Some(child);
        }
        // SAFETY: the child has not been waited for.
        unsafe { libc::kill(child, libc::SIGKILL) };
        wait_for(child);
    }
    None
}

/// Runs after the children are ended.
#[at_exit(priority = i32::MIN + 1)]
fn look_for_the_spared() {
    for child in SPARED.lock().expect("only this thread has it").drain(..) {
        // SAFETY: a null status is not written; the child has not been waited for.
        unsafe {
            println!(
                "lives on: {}",
                libc::waitpid(child, std::ptr::null_mut(), libc::WNOHANG) == 0
            );
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
    }
}

/// Runs last; a zombie would be waited for here.
#[at_exit(priority = i32::MIN)]
fn look_for_zombies() {
    // SAFETY: a null status is not written.
    let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    if left != -1 {
        println!("a child is left: {left}");
    }
}
