//! Builds the subjects and runs them in the same surroundings: under the same path, without an
//! environment. The work of the dynamic loader and of std at start-up depends on both, by some
//! thousand instructions.

use super::figure::{Figure, Missing};
use super::parse::{self, Instructions, SystemCalls};
use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

pub(crate) struct Subjects {
    programs: PathBuf,
    scratch: PathBuf,
    /// The average cost of comparing two names in the loader: see `comparable`.
    comparison: OnceLock<f64>,
}

const VALGRIND: Missing = Missing::Tool("valgrind");
const BINUTILS: Missing = Missing::Tool("binutils");

impl Subjects {
    /// Builds all subjects with these features, or some by name, in the target folder of this
    /// program.
    pub(crate) fn build(features: &[&str], some: &[&str]) -> Self {
        let mut cargo = Command::new(cargo());
        cargo.args(["build", "--release", "--package", "exitmacro-benches"]);
        if some.is_empty() {
            cargo.args(["--bins", "--features", &features.join(",")]);
        } else {
            cargo.arg("--quiet");
        }
        some.iter().for_each(|name| _ = cargo.args(["--bin", name]));
        assert!(cargo.status().expect("cargo starts").success(), "the subjects do not build");
        let this = std::env::current_exe().expect("this program has a path");
        let scratch =
            std::env::temp_dir().join(format!("exitmacro-benches-{:07}", std::process::id()));
        fs::create_dir_all(&scratch).expect("there is room for temporary files");
        Self {
            programs: this.parent().expect("programs are in a folder").to_owned(),
            scratch,
            comparison: OnceLock::new(),
        }
    }

    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }

    /// The program, under the path that all subjects have in common.
    fn stage(&self, name: &str) -> PathBuf {
        let staged = self.scratch.join("subject");
        _ = fs::remove_file(&staged);
        fs::copy(self.program(name), &staged).expect("the subject was built");
        staged
    }

    /// What the subject prints about itself.
    pub(super) fn run(&self, name: &str, arguments: &[&str]) -> String {
        messages(
            &output(Command::new(self.program(name)).args(arguments).env_clear())
                .expect("the subject was built"),
        )
    }

    /// What the subject prints to stdout.
    pub(super) fn output(&self, name: &str, arguments: &[&str]) -> String {
        let output = Command::new(self.program(name))
            .args(arguments)
            .env_clear()
            .output()
            .expect("the subject was built");
        String::from_utf8(output.stdout).expect("it is text")
    }

    /// What several runs print after `what`, if anything, in ascending order, for several subjects
    /// alternately, so that all have the same disturbances.
    pub(super) fn runs(
        &self,
        rounds: usize,
        what: &str,
        subjects: &[(&str, &[&str])],
    ) -> Vec<Vec<f64>> {
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
    pub(super) fn least(
        &self,
        rounds: usize,
        what: &str,
        subjects: &[(&str, &[&str])],
    ) -> Vec<Figure> {
        self.runs(rounds, what, subjects)
            .iter()
            .map(|times| times.first().copied().ok_or(Missing::DidNotHappen))
            .collect()
    }

    /// All instructions of the process, from the loader to the end, on all threads. Compare them
    /// between runs of one program only.
    pub(super) fn instructions(&self, name: &str, arguments: &[&str]) -> Figure {
        Ok(self.counted(name, arguments)?.all)
    }

    /// The same, comparable between programs: see `comparable`.
    pub(super) fn comparable_instructions(&self, name: &str, arguments: &[&str]) -> Figure {
        Ok(self.comparable(&self.counted(name, arguments)?))
    }

    /// Without what differs between programs by chance. At start-up std finds the stack of the main
    /// thread, for which libc reads the list of all mappings. The loader lists the segments of each
    /// object, which takes longer where one ends with a page, because the linker leaves out the
    /// next page. And the time of the loader to compare names depends on their positions in the
    /// file, so each comparison counts as much as the average in the bare program.
    pub(super) fn comparable(&self, counted: &Instructions) -> f64 {
        let comparison = self.comparison.get_or_init(|| {
            let bare = self.counted("hello_bare", &["leave"]).unwrap_or_default();
            if bare.comparisons > 0.0 { bare.comparing / bare.comparisons } else { 0.0 }
        });
        counted.all - counted.stack_of_main - counted.listing_objects - counted.comparing
            + counted.comparisons * comparison
    }

    /// The instructions inside one function.
    pub(super) fn instructions_inside(
        &self,
        name: &str,
        arguments: &[&str],
        function: &str,
    ) -> Figure {
        Ok(self
            .callgrind(
                name,
                arguments,
                &["--collect-atstart=no", &format!("--toggle-collect={function}")],
            )?
            .all)
    }

    /// The same for a function of this crate that the program calls. Without this check, a function
    /// that gets another name would take no instructions.
    pub(super) fn instructions_of_own(
        &self,
        name: &str,
        arguments: &[&str],
        function: &str,
    ) -> Figure {
        let instructions = self.instructions_inside(name, arguments, function)?;
        assert!(instructions > 0.0, "{name} has no function `{function}`");
        Ok(instructions)
    }

    pub(super) fn counted(&self, name: &str, arguments: &[&str]) -> Result<Instructions, Missing> {
        self.callgrind(name, arguments, &[])
    }

    fn callgrind(
        &self,
        name: &str,
        arguments: &[&str],
        options: &[&str],
    ) -> Result<Instructions, Missing> {
        let file = self.scratch.join("callgrind");
        let mut valgrind = Command::new("valgrind");
        valgrind
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", file.display()))
            .args(options)
            .arg(self.stage(name))
            .args(arguments);
        output(clear_environment(&mut valgrind)).ok_or(VALGRIND)?;
        Ok(parse::instructions(&fs::read_to_string(file).map_err(|_| VALGRIND)?))
    }

    pub(super) fn allocations(&self, name: &str, arguments: &[&str]) -> Figure {
        let mut valgrind = Command::new("valgrind");
        valgrind.arg(self.stage(name)).args(arguments);
        parse::allocations(&messages(&output(clear_environment(&mut valgrind)).ok_or(VALGRIND)?))
            .ok_or(VALGRIND)
    }

    pub(super) fn system_calls(
        &self,
        name: &str,
        arguments: &[&str],
    ) -> Result<SystemCalls, Missing> {
        let log = self.scratch.join("strace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o"]).arg(&log).arg(self.stage(name)).args(arguments);
        output(clear_environment(&mut strace)).ok_or(Missing::Tool("strace"))?;
        Ok(parse::system_calls(&fs::read_to_string(log).map_err(|_| Missing::Tool("strace"))?))
    }

    /// The size of the program file without symbols.
    pub(super) fn stripped_size(&self, name: &str) -> Figure {
        let staged = self.stage(name);
        output(Command::new("strip").arg(&staged)).ok_or(BINUTILS)?;
        fs::metadata(staged).map(|file| file.len() as f64).map_err(|_| BINUTILS)
    }

    /// The bytes of each section.
    pub(super) fn sections(&self, name: &str) -> Result<BTreeMap<String, f64>, Missing> {
        let printed = output(Command::new("size").args(["-A", "-d"]).arg(self.program(name)))
            .ok_or(BINUTILS)?;
        Ok(parse::sections(&String::from_utf8_lossy(&printed.stdout)))
    }

    /// The bytes of the functions of each crate.
    pub(super) fn code_by_crate(&self, name: &str) -> Result<BTreeMap<String, f64>, Missing> {
        self.functions(name).map(|printed| parse::code_by_crate(&printed))
    }

    /// The bytes of the functions of each part of exitmacro.
    pub(super) fn code_by_part(&self, name: &str) -> Result<BTreeMap<String, f64>, Missing> {
        self.functions(name).map(|printed| parse::code_by_part(&printed))
    }

    /// What `nm` prints of the program.
    fn functions(&self, name: &str) -> Result<String, Missing> {
        let printed = output(
            Command::new("nm")
                .args(["--demangle", "--defined-only", "--print-size"])
                .arg(self.program(name)),
        )
        .ok_or(BINUTILS)?;
        Ok(String::from_utf8_lossy(&printed.stdout).into_owned())
    }

    /// How often the dynamic loader looks up a name at start-up, and how many addresses it writes.
    pub(super) fn loader_work(&self, name: &str) -> Result<[f64; 2], Missing> {
        let printed =
            output(Command::new("readelf").args(["--relocs", "--wide"]).arg(self.program(name)))
                .ok_or(BINUTILS)?;
        Ok(parse::relocations(&String::from_utf8_lossy(&printed.stdout)))
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

/// Without an environment, but with the path of the tools.
fn clear_environment(command: &mut Command) -> &mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path)
}

/// Runs the command; `None` when it cannot be started.
fn output(command: &mut Command) -> Option<Output> {
    let output = command.output().ok()?;
    assert!(output.status.success(), "{command:?} failed: {}", messages(&output));
    Some(output)
}

/// What a command printed to stderr.
fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
