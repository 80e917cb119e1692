//! Programs that were compiled for coverage write their execution counts on every exit path, with
//! those of the handlers.

use crate::support::{Build, Scenario};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How often the fixture `profiled` calls a function: in `main`, in the first handler, in the last
/// handler.
const CALLS: [u64; 3] = [10_007, 20_011, 30_011];

/// Values of `LLVM_PROFILE_FILE`: one file a process, one file in which all processes add up, and
/// the default of rustc.
const FILES: [&str; 3] = ["profile_%p.profraw", "%m.profraw", "default_%m_%p.profraw"];

fn program() -> PathBuf {
    Build::debug().flag("-Cinstrument-coverage").program("profiled")
}

/// Ends the fixture on this exit path, and returns its profile.
#[track_caller]
fn profile(folder: &Path, exit_path: &str, file: &str, code: i32) -> PathBuf {
    let is_profile = |path: &PathBuf| path.extension() == Some(OsStr::new("profraw"));
    let profiles = || {
        fs::read_dir(folder)
            .expect("the folder can be read")
            .map(|entry| entry.expect("it can be read").path())
            .filter(is_profile)
    };
    for old in profiles() {
        fs::remove_file(old).expect("a profile can be removed");
    }
    let budget = if exit_path.starts_with("budget") { "300ms" } else { "20s" };
    let ended = Scenario::of(&program())
        .arg(exit_path)
        .env("LLVM_PROFILE_FILE", folder.join(file))
        .env("EXITMACRO_BUDGET", budget)
        .run();
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, ""), "{exit_path}: {}", ended.stderr);
    let mut profiles = profiles();
    match (profiles.next(), profiles.next()) {
        (Some(profile), None) => profile,
        found => panic!("{exit_path} with {file} left {found:?}"),
    }
}

/// How often each function was called, by a raw profile. It has a magic number, and later the
/// counters, which are words of eight bytes. A file may hold several profiles, which LLVM adds up.
#[track_caller]
fn counts(profile: &Path) -> [u64; 3] {
    let bytes = fs::read(profile).expect("the profile can be read");
    assert!(
        bytes.starts_with(&(u64::from_be_bytes(*b"\xfflprofr\x81")).to_ne_bytes()),
        "no profile begins like this"
    );
    let words = || {
        bytes
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(word.try_into().expect("a word has eight bytes")))
    };
    CALLS.map(|calls| words().filter(|&word| word == calls || word == 2 * calls).sum())
}

/// Every call is counted, exactly once.
#[track_caller]
fn assert_complete(exit_paths: &[(&str, i32)]) {
    let folder = tempfile::tempdir().expect("the folder can be made");
    for &(exit_path, code) in exit_paths {
        for file in FILES {
            assert_eq!(
                counts(&profile(folder.path(), exit_path, file, code)),
                CALLS,
                "{exit_path} with {file}"
            );
        }
    }
}

#[test]
fn profiles_are_complete_after_return_from_main_and_after_exit() {
    assert_complete(&[("return", 0), ("exitmacro exit", 0)]);
}

#[test]
fn profiles_are_complete_after_a_signal() {
    assert_complete(&[("exit_code", 143), ("reraise", -libc::SIGTERM), ("exit_zero", 0)]);
}

#[test]
fn profiles_are_complete_when_a_second_signal_forces_the_end() {
    assert_complete(&[("second signal", 143)]);
}

#[test]
fn profiles_are_complete_when_the_budget_is_used_up() {
    assert_complete(&[("budget", 7)]);
}

#[test]
fn profiles_have_the_handlers_when_they_ran_from_the_hook() {
    assert_complete(&[
        ("std exit", 0),
        ("std exit on a thread", 0),
        ("status under std exit", 7),
        ("budget under std exit", 7),
    ]);
}

#[test]
fn processes_that_share_a_file_add_up() {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("%m.profraw");
    let program = program();
    for exit_path in ["exitmacro exit", "exit_zero"] {
        Scenario::of(&program)
            .arg(exit_path)
            .env("LLVM_PROFILE_FILE", &file)
            .run()
            .assert(0, "", "");
    }
    let profile = fs::read_dir(folder.path())
        .expect("the folder can be read")
        .next()
        .expect("there is a profile")
        .expect("it can be read")
        .path();
    assert_eq!(counts(&profile), CALLS.map(|calls| 2 * calls));
}

/// LLVM's tool in the version of rustc, as a component of the toolchain or from the system.
fn llvm_profdata() -> Option<PathBuf> {
    let rustc = |argument: &str| {
        String::from_utf8(
            exitmacro_testing::output(Command::new("rustc").args(argument.split(' '))).stdout,
        )
        .expect("it prints text")
    };
    let version = rustc("-vV");
    let line = |title: &str| {
        version.lines().find_map(|line| line.strip_prefix(title)).expect("rustc has a version")
    };
    let major = line("LLVM version: ").split('.').next().expect("a version has numbers");
    let component = Path::new(rustc("--print sysroot").trim_end())
        .join("lib/rustlib")
        .join(line("host: "))
        .join("bin/llvm-profdata");
    let is_right = |tool: &PathBuf| {
        let is_there =
            tool.is_file() || exitmacro_testing::has_program(&tool.display().to_string());
        is_there && {
            let version = exitmacro_testing::output(Command::new(tool).arg("--version"));
            String::from_utf8_lossy(&version.stdout).contains(&format!("LLVM version {major}."))
        }
    };
    [component, format!("llvm-profdata-{major}").into(), "llvm-profdata".into()]
        .into_iter()
        .find(is_right)
}

/// The counts of a function, as LLVM's tool lists them.
#[track_caller]
fn counts_of<'listing>(function: &str, listing: &'listing str) -> &'listing str {
    let mut lines = listing
        .lines()
        .skip_while(|line| !line.trim_end().ends_with(':') || !line.contains(function));
    lines
        .find_map(|line| line.trim().strip_prefix("Function count: "))
        .unwrap_or_else(|| panic!("no counts of {function} in {listing}"))
}

#[test]
fn llvm_reads_the_profiles() {
    let Some(tool) = llvm_profdata() else {
        return exitmacro_testing::left_out(
            "there is no llvm-profdata of the version that rustc has",
            "`rustup component add llvm-tools`",
        );
    };
    let folder = tempfile::tempdir().expect("the folder can be made");
    let exit_paths = [
        ("exitmacro exit", 0),
        ("exit_code", 143),
        ("reraise", -libc::SIGTERM),
        ("second signal", 143),
        ("budget", 7),
        ("std exit", 0),
    ];
    for (exit_path, code) in exit_paths {
        let profile = profile(folder.path(), exit_path, FILES[2], code);
        let output = Command::new(&tool)
            .args(["show", "--all-functions", "--counts"])
            .arg(&profile)
            .output()
            .expect("the tool was there before");
        let listing = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{exit_path}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for (function, calls) in
            ["in_first_handler", "in_last_handler"].into_iter().zip(&CALLS[1..])
        {
            assert!(
                counts_of(function, &listing).contains(&calls.to_string()),
                "{exit_path}: {listing}"
            );
        }
    }
}
