//! What a program inherits, as Linux shows it in `/proc`.

use crate::support::Scenario;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::{env, io, mem, ptr};

/// Prints what a program inherits, without the variables that configure the tests.
const SCRIPT: &str = "\
umask
ulimit -c
echo \"$TMPDIR\"
env | grep -E '^(EXITMACRO_|NOTIFY_SOCKET|TOKIO_|PGUSER)' | grep -vE '^EXITMACRO_(TESTS|SCENARIOS)'
grep -E '^Sig(Blk|Ign)' /proc/self/status
wc -c";

/// Without the two signals that glibc reserves, whose action no program can change.
fn without_those_of_libc(text: &str) -> String {
    ["0000000180000000", "0000000080000000", "0000000100000000"]
        .iter()
        .fold(text.to_owned(), |text, ignored| text.replace(ignored, "0000000000000000"))
}

/// The usual surroundings, with this `TMPDIR`.
fn usual(folder: &str) -> String {
    format!("0022\n0\n{folder}\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n")
}

/// Async-signal-safe.
fn be_hostile() -> io::Result<()> {
    // SAFETY: neither call has preconditions, and the set is made by the first one.
    unsafe {
        let mut all: libc::sigset_t = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const all, ptr::null_mut());
        for signal in [
            libc::SIGHUP,
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGTERM,
            libc::SIGABRT,
            libc::SIGCHLD,
            libc::SIGUSR1,
            libc::SIGALRM,
            libc::SIGRTMIN(),
        ] {
            libc::signal(signal, libc::SIG_IGN);
        }
        libc::umask(0o077);
        libc::close(0);
    }
    Ok(())
}

/// Prints what a program inherits without the harness, when the test below asks for it.
#[test]
fn says_what_a_program_inherits() {
    if env::var_os("EXITMACRO_TESTS_SURROUNDINGS").is_some() {
        // The shell prints to the stdout of this program.
        let status = Command::new("sh").args(["-c", SCRIPT]).status().expect("a shell starts");
        assert!(status.success());
    }
}

/// A folder that exists and whose path is too long for a socket in it.
fn long(folder: &tempfile::TempDir) -> String {
    let long = folder.path().join("long".repeat(30));
    std::fs::create_dir(&long).expect("the folder can be made");
    long.display().to_string()
}

#[test]
fn a_test_program_passes_the_usual_surroundings_on() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (given, taken) in [
        ("/var/tmp", "/var/tmp"),
        ("relative", "/tmp"),
        ("/nowhere", "/tmp"),
        (&long(&folder), "/tmp"),
    ] {
        let mut tests = Command::new(env::current_exe().expect("it has a path"));
        tests
            .args([
                "--exact",
                "surroundings::inherited::says_what_a_program_inherits",
                "--nocapture",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for variable in [
            "EXITMACRO_LOG",
            "EXITMACRO_TRACE",
            "EXITMACRO_SKIP",
            "NOTIFY_SOCKET",
            "TOKIO_WORKER_THREADS",
            "PGUSER",
        ] {
            tests.env(variable, "1");
        }
        tests.env("TMPDIR", given).env("EXITMACRO_TESTS_SURROUNDINGS", "");
        // SAFETY: it only makes system calls.
        let output = unsafe { tests.pre_exec(be_hostile) }.output().expect("the tests start");
        let stdout = without_those_of_libc(&String::from_utf8_lossy(&output.stdout));
        assert!(stdout.contains(&usual(taken)), "{given}: {output:?}");
    }
}

#[test]
fn the_harness_gives_a_program_the_usual_surroundings() {
    let folder = env::var("TMPDIR").expect("it is set before the tests begin");
    let script = Scenario::of("sh".as_ref()).arg("-c").arg(SCRIPT);
    // Another test, or another harness, may change this process so. SAFETY: no process sends the
    // signal.
    unsafe { libc::signal(libc::SIGWINCH, libc::SIG_IGN) };
    let ended = script.run();
    assert_eq!(
        (ended.code(), without_those_of_libc(&ended.stdout), ended.stderr.as_str()),
        (0, usual(&folder), "")
    );
}
