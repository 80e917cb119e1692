//! How the values of the standard library are closed.

use super::*;
use std::io::{BufWriter, Write};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

// Before Rust 1.94 a `LazyLock` is closed only if its value can be printed.
#[derive(Debug)]
struct Counted(AtomicU32);

impl AtExitCleanup for Counted {
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.0.fetch_add(1, Relaxed);
        Err("counted".into())
    }

    fn discard(&self) {
        self.0.fetch_add(100, Relaxed);
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().name("counted").priority(7)
    }
}

fn counted() -> Counted {
    Counted(AtomicU32::new(0))
}

#[test]
fn collections_try_all_and_gather_the_errors() {
    let values = vec![counted(), counted()];
    assert_eq!(values.cleanup().unwrap_err().to_string(), "counted; counted");
    values.discard();
    assert!(values.iter().all(|value| value.0.load(Relaxed) == 101));
    let array = [counted()];
    assert!(array.cleanup().is_err() && array[..].cleanup().is_err());
    assert_eq!(array[0].0.load(Relaxed), 2);
    assert!(None::<Counted>.cleanup().is_ok() && Some(counted()).cleanup().is_err());
}

#[test]
fn pointers_are_as_what_they_own() {
    let boxed: Box<dyn AtExitCleanup> = Box::new(counted());
    assert_eq!(boxed.options(), CleanupOptions::new().name("counted").priority(7));
    let shared: Arc<dyn AtExitCleanup> = Arc::from(boxed);
    assert!(shared.cleanup().is_err());
}

#[test]
fn locks_also_close_what_is_poisoned() {
    let lock = Arc::new(Mutex::new(counted()));
    let poisoner = Arc::clone(&lock);
    _ = thread::spawn(move || {
        let _guard = poisoner.lock();
        std::panic::resume_unwind(Box::new(()));
    })
    .join();
    assert!(lock.is_poisoned() && lock.cleanup().is_err());
    assert!(RwLock::new(counted()).cleanup().is_err());
}

#[test]
fn a_poisoned_lock_is_free_when_it_is_discarded() {
    let (mutex, lock) = (Mutex::new(counted()), RwLock::new(counted()));
    thread::scope(|scope| {
        let poisoner = scope.spawn(|| {
            let _guards = (mutex.lock(), lock.write());
            std::panic::resume_unwind(Box::new(()));
        });
        _ = poisoner.join();
    });
    assert!(mutex.is_poisoned() && lock.is_poisoned());
    mutex.discard();
    lock.discard();
    assert_eq!(mutex.into_inner().unwrap_err().into_inner().0.into_inner(), 100);
    assert_eq!(lock.into_inner().unwrap_err().into_inner().0.into_inner(), 100);
}

#[test]
fn a_lock_that_is_held_is_not_waited_for_when_it_is_discarded() {
    let lock = Mutex::new(counted());
    let held = lock.lock().unwrap();
    lock.discard();
    assert_eq!(held.0.load(Relaxed), 0);
}

#[test]
fn lazy_values_are_not_made_to_be_closed() {
    static LAZY: LazyLock<Option<Counted>> = LazyLock::new(|| unreachable!("it is never used"));
    assert!(LAZY.cleanup().is_ok());
    let used: LazyLock<Counted> = LazyLock::new(counted);
    LazyLock::force(&used);
    assert!(used.cleanup().is_err());
    let once = OnceLock::new();
    assert!(once.cleanup().is_ok());
    assert!(once.set(counted()).is_ok() && once.cleanup().is_err());
}

#[test]
fn a_buffer_is_flushed() {
    let buffer = Mutex::new(BufWriter::new(Vec::new()));
    buffer.lock().unwrap().write_all(b"text").unwrap();
    assert!(buffer.lock().unwrap().get_ref().is_empty());
    assert!(buffer.cleanup().is_ok());
    assert_eq!(buffer.lock().unwrap().get_ref(), b"text");
}

#[cfg(unix)]
#[test]
fn what_has_nothing_to_sync_is_no_failure() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let (reader, writer) = io::pipe().unwrap();
    let socket = UnixStream::pair().unwrap().0;
    for stream in [
        OwnedFd::from(reader),
        writer.into(),
        socket.into(),
        File::options().write(true).open("/dev/null").unwrap().into(),
    ] {
        assert!(File::from(stream).cleanup().is_ok());
    }
    assert!(tempfile_of_tests().cleanup().is_ok());
    assert!(!has_nothing_to_sync(&io::Error::from_raw_os_error(libc::EIO)));
    assert!(!has_nothing_to_sync(&io::Error::from_raw_os_error(libc::ENOSPC)));
    assert!(!has_nothing_to_sync(&io::Error::from_raw_os_error(libc::EDQUOT)));
    assert!(!has_nothing_to_sync(&io::Error::from_raw_os_error(libc::EBADF)));
    for error in [libc::EINVAL, libc::EROFS, libc::ENOTSUP, libc::EOPNOTSUPP] {
        assert!(has_nothing_to_sync(&io::Error::from_raw_os_error(error)));
    }
}

#[cfg(unix)]
fn tempfile_of_tests() -> File {
    // Independent of `TMPDIR`, which may name a missing folder.
    let path = format!("/tmp/exitmacro-sync-{}", std::process::id());
    let file = File::create(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

#[test]
fn a_thread_that_panicked_is_a_failure() {
    // Without the message of the panic hook.
    let quiet = |text: &'static str| move || -> () { std::panic::resume_unwind(Box::new(text)) };
    let named = thread::Builder::new().name("writer".to_owned()).spawn(quiet("disk full")).unwrap();
    let handle = Mutex::new(Some(named));
    assert_eq!(
        handle.cleanup().unwrap_err().to_string(),
        "the thread `writer` panicked: disk full"
    );
    assert!(handle.cleanup().is_ok(), "it was told once");
    assert!(thread::spawn(quiet("x")).cleanup().is_ok(), "by itself it is only waited for");
    assert_eq!(
        Mutex::new(Some(thread::spawn(quiet("x")))).cleanup().unwrap_err().to_string(),
        "a thread without a name panicked: x"
    );
    assert!(Mutex::new(Some(thread::spawn(|| 1))).cleanup().is_ok());
    assert!(Mutex::new(None::<JoinHandle<()>>).cleanup().is_ok());
    let pool = || [thread::spawn(quiet("a")), thread::spawn(|| ()), thread::spawn(quiet("b"))];
    let both = "a thread without a name panicked: a; a thread without a name panicked: b";
    assert_eq!(Mutex::new(Vec::from(pool())).cleanup().unwrap_err().to_string(), both);
    assert_eq!(Mutex::new(VecDeque::from(pool())).cleanup().unwrap_err().to_string(), both);
    assert_eq!(Mutex::new(pool().map(Some)).cleanup().unwrap_err().to_string(), both);
    assert_eq!(
        Mutex::new(BTreeMap::from_iter(pool().into_iter().enumerate()))
            .cleanup()
            .unwrap_err()
            .to_string(),
        both
    );
    assert!(Mutex::new(HashMap::from([(1, thread::spawn(quiet("a")))])).cleanup().is_err());
}

/// Like a listener that keeps the handles of the threads it starts.
#[test]
fn a_thread_that_is_waited_for_may_take_the_lock() {
    let threads = Arc::new(Mutex::new(Vec::new()));
    let (list, (begins, begun)) = (Arc::clone(&threads), std::sync::mpsc::channel());
    let ended = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&ended);
    let listener = thread::spawn(move || {
        begun.recv().unwrap();
        // The handle of this thread is taken out before it is waited for.
        while !list.lock().unwrap().is_empty() {
            thread::yield_now();
        }
        list.lock().unwrap().push(thread::spawn(move || _ = counts.fetch_add(1, Relaxed)));
    });
    threads.lock().unwrap().push(listener);
    begins.send(()).unwrap();
    let (closes, closed) = std::sync::mpsc::channel();
    let list = Arc::clone(&threads);
    thread::spawn(move || closes.send(list.cleanup().is_ok()));
    let closed = closed.recv_timeout(Duration::from_secs(20));
    assert_eq!(closed, Ok(true), "it waits for the lock");
    assert!(threads.lock().unwrap().is_empty());
    assert_eq!(ended.load(Relaxed), 1, "the second one was waited for as well");
}

#[test]
fn a_thread_is_waited_for() {
    let thread = thread::spawn(|| thread::sleep(Duration::from_millis(20)));
    assert!(thread.cleanup().is_ok() && thread.is_finished());
}

#[cfg(unix)]
#[test]
fn a_child_is_ended_and_reaped() {
    let mut child = Command::new("sleep").arg("100").spawn().unwrap();
    assert!(child.cleanup().is_ok());
    assert!(child.try_wait().is_err(), "it was reaped already");
    assert!(child.cleanup().is_ok(), "a second time there is nothing to do");
}

#[cfg(unix)]
#[test]
fn a_child_that_was_waited_for_is_left_alone() {
    use std::os::unix::process::ExitStatusExt;

    let child = Mutex::new(Command::new("true").spawn().unwrap());
    child.lock().unwrap().wait().unwrap();
    assert!(child.cleanup().is_ok());
    let child = Mutex::new(Some(Command::new("sleep").arg("100").spawn().unwrap()));
    assert!(child.cleanup().is_ok());
    let status = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap();
    assert_eq!(status.and_then(|status| status.signal()), Some(15), "its handle has reaped it");
    assert!(child.cleanup().is_ok(), "a second time there is nothing to do");
}

#[cfg(unix)]
#[test]
fn a_boxed_value_is_changed_in_a_lock_as_well() {
    use std::os::unix::process::ExitStatusExt;

    let child = Mutex::new(Box::new(Command::new("sleep").arg("100").spawn().unwrap()));
    assert!(child.cleanup().is_ok());
    let status = child.lock().unwrap().try_wait().unwrap();
    assert_eq!(status.and_then(|status| status.signal()), Some(15), "its handle has reaped it");
    let panics = || std::panic::resume_unwind(Box::new("x"));
    let thread: Box<dyn AtExitCleanup> = Box::new(Some(thread::spawn::<_, ()>(panics)));
    let error = Mutex::new(thread).cleanup().unwrap_err().to_string();
    assert_eq!(error, "a thread without a name panicked: x");
}

#[test]
#[expect(
    clippy::readonly_write_lock,
    reason = "the lock is held so that no other access is possible"
)]
fn what_is_in_a_lock_is_discarded() {
    let lock = RwLock::new(counted());
    lock.discard();
    assert_eq!(lock.read().unwrap().0.load(Relaxed), 100);
    let held = lock.write().unwrap();
    lock.discard();
    assert_eq!(held.0.load(Relaxed), 100, "a lock that is held is not waited for");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_synced_is_a_failure() {
    use std::os::unix::fs::OpenOptionsExt;

    // Such a descriptor only names the file: EBADF.
    let file = File::options().read(true).custom_flags(libc::O_PATH).open("/").unwrap();
    assert!(file.cleanup().is_err());
}
