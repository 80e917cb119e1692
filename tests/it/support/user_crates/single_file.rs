//! Compiles single files of `fixtures/` with rustc, and checks them with clippy.

use super::fixtures::fixtures;
use super::libraries::Libraries;
use super::tools::{compile, folder, output, tool};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A crate in a single file, compiled by rustc or clippy directly, which is faster than cargo.
pub(crate) struct SingleFile {
    command: Command,
    /// The folder of the results.
    folder: PathBuf,
    name: String,
}

impl SingleFile {
    /// A file of `fixtures/`.
    pub(crate) fn new(source: &str, edition: &str) -> Self {
        Self::compiled_by(tool("RUSTC", "rustc"), source, edition)
    }

    /// The same, checked by clippy.
    pub(crate) fn checked_by_clippy(source: &str, edition: &str) -> Self {
        Self::compiled_by("clippy-driver".into(), source, edition)
    }

    fn compiled_by(compiler: OsString, source: &str, edition: &str) -> Self {
        let name = Path::new(source).file_stem().expect("a file has a name").display().to_string();
        let single = folder("single").join(edition);
        fs::create_dir_all(&single).expect("the folder can be made");
        let mut command = Command::new(compiler);
        // A relative path, so that messages and handlers show no path of this machine.
        command.current_dir(fixtures()).arg(source).args(["--edition", edition]);
        Self { command, folder: single, name }.finding(with_exitmacro())
    }

    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Lets the file use a crate, as a dependency in a manifest does.
    pub(crate) fn naming(self, name: &str, library: &Path) -> Self {
        self.arg("--extern").arg(&format!("{name}={}", library.display()))
    }

    /// Lets the file use exitmacro by this name.
    pub(crate) fn naming_exitmacro(self, name: &str) -> Self {
        self.naming(name, with_exitmacro().library("exitmacro"))
    }

    /// Lets the file use tokio, and exitmacro with the features for tokio.
    pub(crate) fn naming_tokio_and_exitmacro(self) -> Self {
        static WITH_BOTH: OnceLock<Libraries> = OnceLock::new();
        let libraries = WITH_BOTH.get_or_init(|| Libraries::of("futures"));
        ["tokio", "exitmacro"]
            .into_iter()
            .fold(self.finding(libraries), |file, name| file.naming(name, libraries.library(name)))
    }

    /// Adds the folders of the indirect dependencies.
    fn finding(mut self, libraries: &Libraries) -> Self {
        for folder in &libraries.folders {
            self.command.arg("-L").arg(format!("dependency={}", folder.display()));
        }
        self
    }

    /// Checks the file, and returns the messages of the compiler.
    #[track_caller]
    pub(crate) fn check(self) -> String {
        let name = format!("{}.rmeta", self.name);
        let (output, _) = self.product("metadata", &name);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || !said.is_empty(), "the compiler failed without a word");
        said
    }

    /// Compiles and runs the doctests, and returns the output of rustdoc.
    #[track_caller]
    pub(crate) fn doctests(source: &str, edition: &str) -> String {
        let mut file = Self::compiled_by(tool("RUSTDOC", "rustdoc"), source, edition)
            .naming_exitmacro("exitmacro")
            .arg("--test");
        let output = output(&mut file.command);
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    }

    /// Compiles the file as a library.
    #[track_caller]
    pub(crate) fn library(self) -> PathBuf {
        let name = format!("lib{}.rlib", self.name);
        self.arg("--crate-type=lib").link(&name)
    }

    /// Compiles the file as a program.
    #[track_caller]
    pub(crate) fn program(self) -> PathBuf {
        let name = self.name.clone();
        self.arg("--crate-type=bin").link(&name)
    }

    #[track_caller]
    fn link(self, name: &str) -> PathBuf {
        let (output, product) = self.product("link", name);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        product
    }

    #[track_caller]
    fn product(mut self, kind: &str, name: &str) -> (Output, PathBuf) {
        let product = self.folder.join(name);
        (compile(&mut self.command, kind, &product), product)
    }
}

fn with_exitmacro() -> &'static Libraries {
    static WITH_EXITMACRO: OnceLock<Libraries> = OnceLock::new();
    WITH_EXITMACRO.get_or_init(|| Libraries::of("program"))
}
