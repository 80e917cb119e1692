//! Child processes, with what only Linux has: `/proc`, descriptors of processes, namespaces, and
//! signals at the end of a parent.

use crate::forked::{fork, wait_for};
use crate::refused_calls::refuse;
use crate::{child, close_all, kept, namespace};
use exitmacro::{CleanupError, Tracked, at_exit, resource};
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        // Waits for its own child, so that no other process has to, at an unknown time.
        "child" => shell_with_child(
            folder,
            "trap 'wait; exit' TERM; sleep 1000 & echo $! > grandchild; wait",
        ),
        "child that ignores SIGTERM" => {
            shell_with_child(folder, "trap '' TERM; sleep 1000 & echo $! > grandchild; wait; wait")
        }
        "child of a reaped leader, found by numbers" => {
            forbid_descriptors();
            child::of_a_reaped_leader(folder);
        }
        "child after the handlers" => STARTS_AT_THE_END.store(true, Relaxed),
        "child after the last handler" => start_while_a_thread_local_drops(),
        "child whose lock is held, found by numbers" => {
            forbid_descriptors();
            child::whose_lock_is_held(folder);
        }
        "child that is stopped" => {
            let script = "trap 'echo bye > bye; exit' TERM; kill -STOP $$";
            let mut command = Command::new("sh");
            let child = kept(
                resource::child(command.current_dir(folder).args(["-c", script]))
                    .expect("it starts"),
            );
            let stat = format!("/proc/{}/stat", child.id());
            while !fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T ")) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        "child that follows its parent" => {
            let options =
                resource::ChildOptions::new().parent_death_signal(exitmacro::Signal::TERM);
            let mut command = Command::new("sleep");
            // Twice, because a command may start several children.
            let children = [(); 2].map(|()| {
                kept(resource::child_with(command.arg("1000"), options).expect("it starts"))
            });
            for child in children {
                println!("{}", child.id());
            }
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "child whose descriptor is another's" => whose_descriptor_is_anothers(),
        "child of the parent" => of_the_parent(false),
        "child of the parent, without descriptors" => of_the_parent(true),
        "child of a thread that has ended" => child_of_a_thread_that_has_ended(true),
        "child of a command that asked before" => child_of_a_thread_that_has_ended(false),
        "reused process id" => {
            namespace::start_first(&["reused process id, first", &folder.to_string_lossy()])
        }
        "reused process id, first" => reused_process_id(),
        _ => return false,
    }
    true
}

/// Called by libc after the handlers.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_THE_END: extern "C" fn() = {
    extern "C" fn start() {
        if STARTS_AT_THE_END.load(Relaxed) {
            let started = resource::child(Command::new("sleep").arg("1000"));
            println!("{:?}", started.map(kept).map_err(|error| error.to_string()));
            let folder = std::env::args().nth(2).expect("a folder");
            make_in(folder.as_ref());
        }
    }
    start
};

/// Makes one of each that is removed at exit.
fn make_in(folder: &Path) {
    let options = resource::TempOptions::new().in_dir(folder);
    let made = [
        resource::temp_dir_with(options.clone()).map(|made| _ = kept(made)),
        resource::temp_file_with(options).map(|(_, made)| _ = kept(made)),
        resource::pid_file(folder.join("pid")).map(|made| _ = kept(made)),
        resource::unix_socket(folder.join("socket")).map(|made| _ = kept(made)),
    ];
    for one in made {
        println!("{:?}", one.map_err(|error| error.to_string()));
    }
}
static STARTS_AT_THE_END: AtomicBool = AtomicBool::new(false);

/// Another thread starts a child when the last handler has run, and before the run has finished.
fn start_while_a_thread_local_drops() {
    struct Slow(Sender<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            self.0.send(()).expect("the other thread waits");
            thread::sleep(Duration::from_millis(700));
        }
    }

    thread_local! {
        static SLOW: Cell<Option<Slow>> = const { Cell::new(None) };
    }

    let (dropping, is_dropping) = mpsc::channel();
    exitmacro::register(move || SLOW.set(Some(Slow(dropping)))).expect("the run has not begun");
    thread::spawn(move || {
        is_dropping.recv().expect("the handler keeps the other end");
        let started = resource::child(Command::new("sleep").arg("1000"));
        println!("{:?}", started.map(kept).map_err(|error| error.to_string()));
    });
}

/// Starts a shell that starts a child, and waits until that child runs.
fn shell_with_child(folder: &Path, script: &str) {
    let mut command = Command::new("sh");
    let child =
        kept(resource::child(command.current_dir(folder).args(["-c", script])).expect("it starts"));
    let grandchild =
        || fs::read_to_string(folder.join("grandchild")).unwrap_or_default().trim().to_owned();
    // Until it executes its program it is a copy of the shell, with the shell's traps.
    while !fs::read_to_string(format!("/proc/{}/comm", grandchild()))
        .is_ok_and(|name| name == "sleep\n")
    {
        thread::sleep(Duration::from_millis(1));
    }
    println!("{}\n{}", child.id(), grandchild());
}

/// The child may ask for a signal at the end of its parent, or another child of its command did.
fn child_of_a_thread_that_has_ended(asks: bool) {
    let start = move || {
        let options = resource::ChildOptions::new();
        let following = options.parent_death_signal(exitmacro::Signal::TERM);
        let mut command = Command::new("sleep");
        let child = resource::child_with(command.arg("1000"), following).expect("it starts");
        assert_eq!(command.get_program(), "sleep", "the command is there for another start");
        let child = if asks {
            child
        } else {
            drop(child);
            resource::child(&mut command).expect("it starts")
        };
        // SAFETY: no preconditions.
        (kept(child), unsafe { libc::syscall(libc::SYS_gettid) })
    };
    let (child, thread) = thread::spawn(start).join().expect("no panic");
    // Then the kernel has sent what it sends at the end of the thread.
    while Path::new(&format!("/proc/self/task/{thread}")).exists() {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(50));
    println!("lives on: {}", child.child().try_wait().expect("it is a child").is_none());
}

/// Makes the calls that open and use a descriptor of a process fail, as in an older kernel.
fn forbid_descriptors() {
    // Where that is not possible, a line says so.
    _ = refuse(&[(libc::SYS_pidfd_open, None)], libc::ENOSYS);
}

fn sleep() -> Tracked<resource::ChildProcess> {
    resource::child(Command::new("sleep").arg("1000")).expect("it starts")
}

/// The descriptor of the first child is closed by other code, and the second one gets its number.
fn whose_descriptor_is_anothers() {
    let first = sleep();
    close_all();
    let second = kept(sleep());
    let number = first.id().cast_signed();
    println!("{:?}", Tracked::close(first));
    // SAFETY: sends no signal.
    println!("the first one lives: {}", unsafe { libc::kill(number, 0) } == 0);
    let has_ended = second.child().try_wait().expect("it is a child");
    println!("the second one lives: {}", has_ended.is_none());
}

/// A forked child that has adopted the handlers closes a child of its parent.
fn of_the_parent(closes_descriptors: bool) {
    let child = sleep();
    let id = child.id();
    let number = id.cast_signed();
    let Some(forked) = fork() else {
        exitmacro::adopt().expect("the parent has not ended");
        if closes_descriptors {
            close_all();
        }
        let without_id = |error: CleanupError| error.to_string().replace(&id.to_string(), "_");
        println!("{:?}", Tracked::close(child).map_err(without_id));
        // SAFETY: the group of a child that its parent has not waited for.
        unsafe { libc::kill(-number, libc::SIGKILL) };
        exitmacro::exit(0);
    };
    println!("the forked child ended with {}", wait_for(forked));
    println!("its sibling ended with {}", wait_for(number));
}

/// Another child gets the process id of a child that this crate holds. It must survive.
fn reused_process_id() {
    let mut command = Command::new("true");
    let by_group = kept(resource::child(&mut command).expect("it starts"));
    let first = by_group.id().cast_signed();
    // Not through the handle, which therefore does not know that the child was reaped.
    assert_eq!(wait_for(first), 0);
    let second = with_number(first, true);
    let third = Command::new("true").spawn().expect("it starts");
    let number = third.id().cast_signed();
    let third = kept(exitmacro::track(Mutex::new(third)));
    third.lock().expect("only this thread has it").wait().expect("it ends");
    let fourth = with_number(number, false);
    SPARED.lock().expect("only this thread has it").extend([second, fourth]);
}

static SPARED: Mutex<Vec<libc::pid_t>> = Mutex::new(Vec::new());

/// A child with that process id, which does nothing.
fn with_number(number: libc::pid_t, leads_a_group: bool) -> libc::pid_t {
    namespace::choose_next(number.cast_unsigned());
    let Some(child) = fork() else {
        loop {
            // SAFETY: no preconditions.
            unsafe { libc::pause() };
        }
    };
    assert_eq!(child, number, "nothing else starts processes in this namespace");
    if leads_a_group {
        // SAFETY: no preconditions.
        unsafe { libc::setpgid(child, child) };
    }
    child
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
