//! Kills `crash_safe` at random moments, and compares what it acknowledged with what it recovers.

#![cfg(unix)]

use exitmacro_testing::Deadline;
use std::collections::hash_map::RandomState;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

exitmacro_testing::isolate!();

const JOURNAL: &str = "journal";
const AT_EXIT: &str = "at-exit";

const KILLS: usize = 200;
/// How often one folder is used: the second start recovers from the first crash.
const KILLS_PER_FOLDER: usize = 10;

fn program(action: &str, store: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash_safe"));
    exitmacro_testing::prepare(&mut command).args([action, store]).arg(folder);
    command
}

/// A program that takes orders, and what it acknowledges.
struct Taking {
    child: Child,
    deadline: Deadline,
    lines: Lines<BufReader<ChildStdout>>,
    acknowledged: Vec<String>,
}

impl Taking {
    /// It takes orders for ever.
    fn start(store: &str, folder: &Path) -> Self {
        let mut child = program("write", store, folder).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { deadline: Deadline::of(&child), child, lines, acknowledged: Vec::new() }
    }

    fn wait_for(&mut self, count: usize) {
        self.acknowledged.extend(self.lines.by_ref().take(count).map(Result::unwrap));
    }

    /// Sends a signal, and returns all that was acknowledged before the end.
    fn end(mut self, signal: i32) -> (Vec<String>, ExitStatus) {
        // SAFETY: the child has not been waited for, so its process id is still its own.
        assert_eq!(unsafe { libc::kill(self.child.id().cast_signed(), signal) }, 0);
        self.acknowledged.extend(self.lines.map(Result::unwrap));
        let status = self.child.wait().unwrap();
        drop(self.deadline);
        (self.acknowledged, status)
    }
}

/// What the program recovers when it is started again.
fn recovered(store: &str, folder: &Path) -> Vec<String> {
    let output = exitmacro_testing::output(&mut program("read", store, folder));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    output.stdout.lines().map(Result::unwrap).collect()
}

fn orders(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("order {number}")).collect()
}

/// Random moments. A failed test prints the seed; `CRASH_SAFE_SEED` repeats it, as far as time can
/// be repeated.
struct Moments {
    seed: u64,
    state: u64,
}

impl Moments {
    fn new() -> Self {
        let chosen = std::env::var("CRASH_SAFE_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = chosen.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self { seed, state: seed }
    }

    /// SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Starts the program and kills it: after some orders, which may be none, and a little later.
    /// Returns what was acknowledged.
    fn kill(&mut self, store: &str, folder: &Path) -> Vec<String> {
        let mut taking = Taking::start(store, folder);
        taking.wait_for(usize::try_from(self.below(20)).unwrap());
        thread::sleep(Duration::from_micros(self.below(3000)));
        let (acknowledged, status) = taking.end(libc::SIGKILL);
        assert_eq!(status.signal(), Some(libc::SIGKILL));
        acknowledged
    }
}

impl Drop for Moments {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("CRASH_SAFE_SEED={}", self.seed);
        }
    }
}

#[test]
fn journal_loses_no_acknowledged_order_when_killed_at_any_moment() {
    let mut moments = Moments::new();
    let mut acknowledged = 0;
    for _ in 0..KILLS / KILLS_PER_FOLDER {
        let folder = tempfile::tempdir().unwrap();
        let mut known = 0;
        for _ in 0..KILLS_PER_FOLDER {
            let new = moments.kill(JOURNAL, folder.path());
            let found = recovered(JOURNAL, folder.path());
            assert_eq!(new, orders(known + new.len())[known..]);
            // In order, complete, and at most one more order, which was stored but not yet
            // acknowledged.
            assert_eq!(found, orders(found.len()));
            assert!(
                (0..=1).contains(&(found.len() as isize - (known + new.len()) as isize)),
                "{} of {} + {known}",
                found.len(),
                new.len()
            );
            acknowledged += new.len();
            known = found.len();
        }
    }
    assert!(acknowledged > KILLS, "{acknowledged}");
}

#[test]
fn at_exit_alone_loses_acknowledged_orders_when_killed() {
    let mut moments = Moments::new();
    let mut acknowledged = 0;
    for _ in 0..KILLS / KILLS_PER_FOLDER {
        let folder = tempfile::tempdir().unwrap();
        acknowledged += moments.kill(AT_EXIT, folder.path()).len();
        assert_eq!(recovered(AT_EXIT, folder.path()), orders(0));
    }
    assert!(acknowledged > 0);
}

#[test]
fn neither_loses_an_order_when_asked_to_end() {
    for store in [JOURNAL, AT_EXIT] {
        let folder = tempfile::tempdir().unwrap();
        let mut taking = Taking::start(store, folder.path());
        taking.wait_for(10);
        let (acknowledged, status) = taking.end(libc::SIGTERM);
        assert_eq!(status.code(), Some(143));
        assert!(acknowledged.len() >= 10);
        assert_eq!(recovered(store, folder.path())[..acknowledged.len()], acknowledged);
    }
}

/// Lets the program take this many orders, and kills it when it has acknowledged them all.
fn take_and_kill(folder: &Path, count: usize) {
    let mut command = program("write", JOURNAL, folder);
    let mut child = command
        .arg(count.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _deadline = Deadline::of(&child);
    assert_eq!(BufReader::new(child.stdout.take().unwrap()).lines().take(count).count(), count);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A folder with a log of five records and no checkpoint, and the path of the log.
fn crashed() -> (TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    take_and_kill(folder.path(), 5);
    let log = fs::read(folder.path().join("log")).unwrap();
    (folder, log)
}

/// All of its records are of the same size, as their numbers have one digit.
fn record_size(log: &[u8]) -> usize {
    assert_eq!(log.len() % 5, 0);
    log.len() / 5
}

#[test]
fn record_that_is_cut_anywhere_is_dropped_and_its_place_used_again() {
    let (folder, log) = crashed();
    let size = record_size(&log);
    for cut in 3 * size..=log.len() {
        fs::write(folder.path().join("log"), &log[..cut]).unwrap();
        assert_eq!(
            recovered(JOURNAL, folder.path()),
            orders(cut / size),
            "cut at {cut} of {}",
            log.len()
        );
        take_and_kill(folder.path(), 2);
        assert_eq!(
            recovered(JOURNAL, folder.path()),
            orders(cut / size + 2),
            "cut at {cut} of {}",
            log.len()
        );
    }
}

#[test]
fn record_with_any_bit_flipped_is_dropped() {
    let (folder, log) = crashed();
    for place in 4 * record_size(&log)..log.len() {
        let mut damaged = log.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(folder.path().join("log"), &damaged).unwrap();
        assert_eq!(recovered(JOURNAL, folder.path()), orders(4), "byte {place}");
    }
}

#[test]
fn zeros_at_the_end_of_the_log_are_no_orders() {
    let (folder, _) = crashed();
    OpenOptions::new()
        .append(true)
        .open(folder.path().join("log"))
        .unwrap()
        .write_all(&[0; 64])
        .unwrap();
    assert_eq!(recovered(JOURNAL, folder.path()), orders(5));
}
