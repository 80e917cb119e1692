//! Builds the subjects and runs them, each in the same surroundings: under the same path, with no environment. What the dynamic loader and std do at start-up
//! depends on both, by some thousand instructions.

use super::parse::{self, SystemCalls};
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Subjects {
    programs: PathBuf,
    scratch: PathBuf,
}

impl Subjects {
    /// Builds all of them, where this program was built.
    pub(crate) fn build(with_ten_thousand: bool) -> Self {
        let mut cargo = Command::new(cargo());
        cargo.args(["build", "--release", "--package", "exitmacro-benches", "--bins"]);
        if with_ten_thousand {
            cargo.args(["--features", "ten-thousand"]);
        }
        assert!(cargo.status().expect("cargo starts").success(), "the subjects do not build");
        let this = std::env::current_exe().expect("this program has a path");
        let scratch = std::env::temp_dir().join(format!("exitmacro-benches-{}", std::process::id()));
        fs::create_dir_all(&scratch).expect("there is room for temporary files");
        Self { programs: this.parent().expect("programs are in a folder").to_owned(), scratch }
    }

    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }

    /// The program under the path that all have in common.
    fn stage(&self, name: &str) -> PathBuf {
        let staged = self.scratch.join("subject");
        _ = fs::remove_file(&staged);
        fs::copy(self.program(name), &staged).expect("the subject was built");
        staged
    }

    /// What the subject prints about itself.
    pub(super) fn run(&self, name: &str, arguments: &[&str]) -> String {
        messages(Command::new(self.program(name)).args(arguments).env_clear()).expect("the subject was built")
    }

    /// What the subject prints to stdout.
    pub(super) fn output(&self, name: &str, arguments: &[&str]) -> String {
        let output = Command::new(self.program(name)).args(arguments).env_clear().output().expect("the subject was built");
        String::from_utf8(output.stdout).expect("it is text")
    }

    /// What several runs print after `what`, if anything, in ascending order, for several subjects in turns: so that all of them meet the same disturbances.
    pub(super) fn runs(&self, rounds: usize, what: &str, subjects: &[(&str, &[&str])]) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::new(); subjects.len()];
        for _ in 0..rounds {
            for ((name, arguments), all) in subjects.iter().zip(&mut all) {
                all.extend(parse::printed(&self.run(name, arguments), what));
            }
        }
        all.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
        all
    }

    /// The least of what several runs print.
    pub(super) fn least(&self, rounds: usize, what: &str, subjects: &[(&str, &[&str])]) -> Vec<f64> {
        self.runs(rounds, what, subjects).iter().map(|times| times[0]).collect()
    }

    /// All instructions of the process, from the loader to the end, on all threads. To be compared between runs of one program.
    pub(super) fn instructions(&self, name: &str, arguments: &[&str]) -> Option<f64> {
        self.callgrind(name, arguments, &[])
    }

    /// The same, to be compared between programs: without what std does at start-up to find the stack of the main thread. It has libc read the list of all
    /// mappings of the process, whose length differs by chance from program to program.
    pub(super) fn comparable_instructions(&self, name: &str, arguments: &[&str]) -> Option<f64> {
        Some(self.instructions(name, arguments)? - self.instructions_inside(name, arguments, "pthread_getattr_np*")?)
    }

    /// The instructions inside of one function.
    pub(super) fn instructions_inside(&self, name: &str, arguments: &[&str], function: &str) -> Option<f64> {
        self.callgrind(name, arguments, &["--collect-atstart=no", &format!("--toggle-collect={function}")])
    }

    fn callgrind(&self, name: &str, arguments: &[&str], options: &[&str]) -> Option<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).args(options).arg(self.stage(name)).args(arguments);
        parse::instructions(&messages(clear_environment(&mut valgrind))?)
    }

    pub(super) fn allocations(&self, name: &str, arguments: &[&str]) -> Option<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.arg(self.stage(name)).args(arguments);
        parse::allocations(&messages(clear_environment(&mut valgrind))?)
    }

    pub(super) fn system_calls(&self, name: &str, arguments: &[&str]) -> Option<SystemCalls> {
        let log = self.scratch.join("strace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o"]).arg(&log).arg(self.stage(name)).args(arguments);
        messages(clear_environment(&mut strace))?;
        Some(parse::system_calls(&fs::read_to_string(log).ok()?))
    }

    /// The size of the program file without symbols.
    pub(super) fn stripped_size(&self, name: &str) -> Option<f64> {
        let staged = self.stage(name);
        messages(Command::new("strip").arg(&staged))?;
        Some(fs::metadata(staged).ok()?.len() as f64)
    }

    /// How many functions and variables the dynamic loader looks up by name at start-up, and how many addresses it writes.
    pub(super) fn loader_work(&self, name: &str) -> Option<(f64, f64)> {
        let lines = |tool: &str, options: &[&str]| {
            let output = Command::new(tool).args(options).arg(self.program(name)).output().ok()?;
            Some(String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.trim().is_empty()).count() as f64)
        };
        Some((lines("nm", &["--dynamic", "--undefined-only"])?, lines("readelf", &["--relocs", "--wide"])?))
    }
}

impl Drop for Subjects {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.scratch);
    }
}

pub(super) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// No environment but the path, where the tools are.
fn clear_environment(command: &mut Command) -> &mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path)
}

/// Runs the command and returns what it says on stderr; `None` when it cannot be started.
fn messages(command: &mut Command) -> Option<String> {
    let output = command.stdout(Stdio::null()).output().ok()?;
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}
