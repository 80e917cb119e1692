//! The operating system, each call wrapped once in a function with Rust types. This is the only
//! room with `unsafe`, next to `process/hook.rs` and `handler/raw.rs`.
//!
//! Every platform file exports the same names:
//!
//! | name | contract |
//! |---|---|
//! | `install_hook::<H>()` | makes libc call `H::process_ends` when the process ends; `false` when libc refuses |
//! | `TELLS_STATUS`, `libc_version()` | whether libc passes the exit status to the hook; which libc that is, for people |
//! | `process_id()` | the calling process |
//! | `monotonic_nanoseconds()` | a clock that never goes back |
//! | `thread_key()` | the calling thread; distinct among live threads; usable when thread-locals are gone |
//! | `thread_key_of(join_handle)` | the key of another thread |
//! | `is_thread_gone(join_handle)` | whether the process has no such thread: it has ended, or only the parent has it |
//! | `HAS_THREADS` | whether a thread can be started at all: not on WASI |
//! | `list`, `elements` | lists that constructors put together; those of declared handlers, where linkme has none (WASI) |
//! | `is_main_thread()` | whether the calling thread, which has its thread-locals, is the first one of the process |
//! | `at_fork(prepare, parent, child)` | calls the three around each `fork`, as `pthread_atfork` does |
//! | `is_in_main_program(f)` | whether the code of `f`, and with it this crate, is part of the executable, not of a shared object; looked up once |
//! | `start_thread(stack_size, work)` | does the work on a thread that std does not know; `PlainThread` is its handle, `name_this_thread(name)` names it |
//! | `EndingThread` | names a thread that is about to end, so that another one can wait for that |
//! | `at_thread_end::<H>(number)` | calls `H::thread_ends` when all destructors of the calling thread have run; `false` when it will not be called |
//! | `keep_loaded(f)` | pins the object that holds `f`, so that threads left behind in it never run unmapped code |
//! | `is_privileged()` | whether the environment belongs to a user with fewer rights than the process |
//! | `write_stderr(bytes)` | writes within a bounded time, or not at all; errors ignored; never raises `SIGPIPE`, never changes the mode of the stream |
//! | `write_stderr_in_signal_handler(bytes)` | the same in less time, async-signal-safe; another signal does not wait for it |
//! | `forget_writer()` | in a forked child: a thread that was writing to stderr belongs to its parent |
//! | `stdout_has_room()` | whether stdout can take some bytes right now |
//! | `stderr_has_room(timeout)` | whether stderr can take some bytes, as far as the system knows, without a longer wait for a reader than that |
//! | `terminal()` | the terminal that stderr is, or `None` |
//! | `draw(bytes)` | writes to that terminal as much as it takes without waiting; `false` when that is not all |
//! | `as_the_parent_sees(code)` | the part of that exit status that the parent of the process sees |
//! | `exit(code)` | libc's `exit`; where that is held, the end without any other function |
//! | `note_inside_exit()`, `thread_inside_exit()` | the thread whose `exit` calls the hook of the program |
//! | `note_exit_held(thread)`, `is_exit_held()` | in a forked child: that thread was inside libc's `exit` at the fork; whether libc would let the calling thread wait for that thread |
//! | `change_status(code)` | called inside the hook: ends the process with a status other than the one in flight |
//! | `exit_now(code)` | ends the process at once; no other code runs |
//! | `abort_now()` | ends the process as an abort does, without another call of `H::process_aborts`; no other code of this crate runs |
//! | `wait_a_moment()` | sleeps for a millisecond, not less when signals arrive |
//! | `yield_now()` | lets other threads run first |
//! | `park_forever()` | stops the calling thread |
//! | `ThreadWatch` | names a thread so that another one can ask whether std parked it for calling `std::process::exit` |
//! | `is_parked()` | of a `ThreadWatch`: a `true` is certain |
//! | `is_parked(thread, stack)`, `might_be_parked(thread, stack)` | the same by the key of a thread that exists, whose stack is at least that large; whether it is where std would park it |
//! | `ThreadWatch::of(join_handle)`, `to_number`, `from_number`, `exists`, `CAN_LOOK` | the same for another thread; in one word; whether that thread still exists; whether `is_parked` can ever be `true` |
//! | `name()` | of a `ThreadWatch`: its `ThreadName`; `None` where it has ended, or the system does not show it |
//! | `StackOwner`, `capture(timeout)` | names a thread so that another one can ask for its stack, the addresses of its calls, captured in time (Linux, with the feature `backtrace`) |
//! | `watch_aborts::<H>()` | calls `H::process_aborts` on a thread whose panic aborts the process; `stop_watching_aborts::<H>()` ends that |
//! | `call_after(time, function)` | calls the function as an OS handler, by a timer of the kernel (Linux) |
//! | `take_over(signal, action)` | calls `action` in the OS handler of a signal, next to the existing handlers, without a lock that a parent may have held; `is_ignored(signal)` asks before |
//! | `is_still_taken_over(signal)` | whether the OS handler of a signal that was taken over is still in effect |
//! | `give_back_all()` | undoes that in a forked child, which may take them over again |
//! | `repeat_as_before(signal)` | in the OS handler of a process that took no signal over: the earlier effect |
//! | `unblock(signals)` | lets the calling thread receive these signals |
//! | `stop()` | stops the process, as the default of SIGTSTP does, until it continues (Unix) |
//! | `die_of(signal)` | the default effect of the signal on the process; returns where there is none |
//! | `SetOnce` | a place that is set once; no thread ever waits for another one |
//! | `Locked` | the guard of a lock, which one function unlocks |
//! | `if_free(lock.try_lock())` | the guard, unless another thread has it; a poisoned lock is free; `if_soon_free(lock, tries)` tries so often |
//! | `StaticRef` | a place for a reference to a static, without a lock |
//! | `Wake` | wakes a thread from an OS signal handler |
//! | `end_child(child, grace)` | ends a child process and reaps it; without the grace on Windows |
//! | `stop_child(child, grace)` | the same, but its owner reaps it |
//! | `ChildHandle`, `end_group(handle, child, signal, is_grace_over)` | holds a child process from its start on; ends it with its process group (Unix) |
//! | `is_number_in_use(handle)` | whether any process or group has the number of a child (Unix) |
//! | `kill_group(handle)` | kills the process group of a child, without a wait (Unix) |
//! | `spawn_in_job(command, flags)`, `end_job(handle, is_grace_over)` | starts a child in a job of its own, which its `ChildHandle` is; ends all processes of the job (Windows) |
//! | `send_at_parent_death(command, signal)`, `spawn_as_parent(command)` | makes the kernel end a child whose parent has ended (Linux) |
//! | `redirect(descriptor, to)` | has a descriptor refer to something else (Unix) |
//! | `try_lock(file)` | takes the lock of an open file, if no other process has it (Unix) |
//! | `without_sigttou(work)` | does the work, which changes a terminal, without being stopped for that in the background (Unix) |
//! | `shared_memory(words)` | zeroed memory that is shared with children forked later |
//! | `memory_wiped_in_children(bytes)` | memory that is zeroes in each forked child (Linux) |
//! | `Lane`, `LaneRunner` | values that a runner uses without a lock, until their owner stops it |
//! | `LoadEntry`, `load_entry!(f)` | the entry that the loader calls; calls `f` when it has noted where the variables are |
//! | `list_end_entry!(H)` | the entry that libc calls at the end of its list of functions; calls `H::list_ends` (glibc) |
//! | `watch_detach::<H>()`, `DetachEntry`, `detach_entry::<H>` | calls `H::process_detaches` when another module ends the process, after all other threads (Windows) |
//! | `initial_variable(name)` | the value of a variable at the start of the program, without a lock where that is possible |
//! | `NotedEnd` | memory in which the system notes that a process has ended or become another program |
//! | `relation(process)` | what another process is to this one, by its id; `session_of(process)` asks for no more than the session |
//! | `has_children()`, `has_no_parent_here()` | whether there are children that were not waited for; whether the parent is in another pid namespace |
//! | `clear_error()`, `restore_error(before)` | around a fork: whether it failed, by `errno` |
//! | `is_profiled()`, `write_profile()`, `let_profile_come_last()` | the counts of a program that was compiled for coverage: whether there are any, write them, and make LLVM write them after the hook |

#![allow(unsafe_code)]

/// What libc calls when the process ends.
pub(crate) trait ExitHook: 'static {
    /// Called on the exiting thread, with the exit status if the platform passes it.
    fn process_ends(status: Option<i32>);

    /// Called on the exiting thread when libc has called all that is on its list, and when an
    /// object is unloaded.
    #[cfg(libc_passes_status)]
    fn list_ends();
}

/// Called when a thread is about to end.
pub(crate) trait ThreadEndHook: 'static {
    /// Called on the thread, with the number that was given for it.
    #[cfg_attr(
        not(all(target_os = "linux", target_env = "gnu")),
        expect(dead_code, reason = "nothing calls it there")
    )]
    fn thread_ends(number: u32);
}

/// Called when a panic aborts the process.
pub(crate) trait AbortHook: 'static {
    /// Called on the thread that panicked, before the process ends. When it returns, the process
    /// aborts.
    fn process_aborts();

    /// Whether the loader's lock may be taken: in a forked child a thread that does not exist there
    /// may hold it.
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing asks there"))]
    fn may_ask_loader() -> bool;
}

/// How a living process that executes the same program is related to the calling one.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there is no `fork` here"))]
pub(crate) enum Relation {
    SameSession,
    OtherSession,
}

/// How the system names a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    expect(dead_code, reason = "the system names none there")
)]
pub(crate) enum ThreadName {
    /// It is the first one of the process.
    Main,
    /// The name that it was given, or the first 15 bytes of that.
    Of(String),
    /// It was given no name.
    Nothing,
}

impl core::fmt::Display for ThreadName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Main => f.write_str("the main thread"),
            Self::Of(name) => write!(f, "thread `{name}`"),
            Self::Nothing => f.write_str("a thread without a name"),
        }
    }
}

/// The terminal that stderr is.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    /// How many columns a line has, without the last one: from there the cursor of some terminals
    /// goes to the next line at once.
    pub(crate) columns: usize,
    /// Whether the calling process is in the foreground of the terminal that controls it.
    pub(crate) is_foreground: bool,
    /// Whether keys such as Ctrl-C send signals.
    pub(crate) has_signal_keys: bool,
}

/// For systems without such a call. Threads of a test harness have the names of their tests; a
/// thread without a name may be the first one of a program whose `main` is not Rust's.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "openbsd",
    target_os = "wasi"
)))]
fn has_name_of_main_thread() -> bool {
    std::thread::current().name().is_none_or(|name| name == "main")
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod ending_by_handle;
mod lane;
pub mod list;
mod load_entry;
mod locked;
mod memory;
mod set_once;
mod static_ref;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use ending_by_handle::EndingThread;
pub(crate) use lane::{Lane, LaneKey, LaneRunner, PLACES};
pub(crate) use list::{List, Node};
#[cfg(all(libc_passes_status, not(miri)))]
pub(crate) use load_entry::list_end_entry;
pub(crate) use load_entry::{LoadEntry, load_entry};
pub(crate) use locked::{Locked, if_free, if_soon_free};
pub(crate) use memory::{is_starved, push_reserved};
pub(crate) use set_once::{Attempt, SetOnce};
pub(crate) use static_ref::StaticRef;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(target_os = "wasi")]
pub(crate) mod wasi;
#[cfg(target_os = "wasi")]
pub(crate) use wasi::*;
