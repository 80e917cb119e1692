//! Builds packages of `fixtures/` with cargo.

use super::fixtures::fixtures;
use super::libraries::Libraries;
use super::tools::{compile, folder, host, output, tool};
use crate::support::is_whole_matrix;
use exitmacro_testing::without_flags_of_outer_build;
use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A set of flags to build with.
#[derive(Clone, Hash)]
pub(crate) struct Build {
    profile: &'static str,
    is_optimised: bool,
    features: Vec<String>,
    settings: Vec<String>,
    flags: Vec<String>,
    /// For the final program only.
    final_flags: Vec<String>,
}

impl Build {
    pub(crate) fn debug() -> Self {
        // No test uses debug information, and nothing is built twice.
        Self::of_profile("dev")
            .setting("debug = false")
            .setting("incremental = false")
            .setting("build-override.opt-level = 0")
    }

    pub(crate) fn release() -> Self {
        if is_whole_matrix() {
            return Self { is_optimised: true, ..Self::of_profile("release") };
        }
        // The settings of the profile `release` apply to crates of this workspace. Procedural
        // macros keep the folder and the settings of the profile `dev`, so that they are built
        // once.
        let settings = [
            "opt-level = 3",
            "debug-assertions = false",
            "overflow-checks = false",
            "codegen-units = 16",
            "package.\"*\".opt-level = 0",
        ];
        let macros = ["debug-assertions = true", "overflow-checks = true", "codegen-units = 256"]
            .map(|setting| format!("build-override.{setting}"));
        let settings = settings
            .into_iter()
            .chain(["package.exitmacro.opt-level = 3"])
            .chain(macros.iter().map(String::as_str));
        settings.fold(Self { is_optimised: true, ..Self::debug() }, Self::setting)
    }

    fn of_profile(profile: &'static str) -> Self {
        Self {
            profile,
            is_optimised: false,
            features: Vec::new(),
            settings: Vec::new(),
            flags: Vec::new(),
            final_flags: Vec::new(),
        }
    }

    /// A feature of the package.
    pub(crate) fn feature(mut self, name: &str) -> Self {
        self.features.push(name.to_owned());
        self
    }

    /// A line of the profile.
    pub(crate) fn setting(mut self, line: &str) -> Self {
        self.settings.push(line.to_owned());
        self
    }

    /// A flag of rustc, as in `RUSTFLAGS`.
    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// A flag of rustc for the final program; with the whole matrix, for all its crates.
    pub(crate) fn final_flag(mut self, flag: &str) -> Self {
        if is_whole_matrix() { &mut self.flags } else { &mut self.final_flags }
            .push(flag.to_owned());
        self
    }

    /// The number of codegen units, for the crates of the fixture `program`; with the whole matrix,
    /// for all crates.
    pub(crate) fn codegen_units(self, count: u16) -> Self {
        const CRATES: [&str; 4] = ["program", "dependency", "indirect", "unmentioned"];
        if is_whole_matrix() {
            return self.setting(&format!("codegen-units = {count}"));
        }
        CRATES.iter().fold(self, |build, name| {
            build.setting(&format!("package.{name}.codegen-units = {count}"))
        })
    }

    /// Builds a package, and returns the program of that name.
    #[track_caller]
    pub(crate) fn program(&self, package: &str) -> PathBuf {
        let messages = self.cargo("build", package);
        if self.final_flags.is_empty() {
            self.artifact(package)
        } else {
            self.link(package, &Libraries::in_messages(&messages))
        }
    }

    /// Compiles the program of a package again, with its dependencies as cargo compiled them.
    #[track_caller]
    fn link(&self, package: &str, libraries: &Libraries) -> PathBuf {
        let name: String = self
            .final_flags
            .concat()
            .chars()
            .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
            .collect();
        let program = self.folder().join(format!("{package}{name}"));
        fs::create_dir_all(self.folder()).expect("the folder can be made");
        let mut command = Command::new(tool("RUSTC", "rustc"));
        command.current_dir(fixtures()).arg(format!("{package}/src/main.rs")).args([
            "--crate-name",
            package,
            "--edition",
            "2024",
        ]);
        if self.is_optimised {
            command.arg("-Copt-level=3");
        }
        libraries.name_all_to(&mut command);
        let linked = compile(command.args(&self.flags).args(&self.final_flags), "link", &program);
        assert!(
            linked.status.success(),
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&linked.stderr)
        );
        program
    }

    /// Builds a package, and returns the shared object of that name.
    #[track_caller]
    pub(crate) fn shared_object(&self, package: &str) -> PathBuf {
        self.program(package).with_file_name(format!("lib{package}.so"))
    }

    /// Builds a package, and returns the static library of that name.
    #[track_caller]
    pub(crate) fn static_library(&self, package: &str) -> PathBuf {
        self.program(package).with_file_name(format!("lib{package}.a"))
    }

    /// Builds the unit tests of a package, and returns their program.
    #[track_caller]
    pub(crate) fn tests(&self, package: &str) -> PathBuf {
        let messages = self.cargo("test", package);
        let executable =
            messages.split("\"executable\":\"").nth(1).and_then(|text| text.split('"').next());
        executable.expect("cargo names the test program").into()
    }

    /// The folder of this flag set.
    fn folder(&self) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        Self { final_flags: Vec::new(), ..self.clone() }.hash(&mut hasher);
        folder("built").join(format!("{:016x}", hasher.finish()))
    }

    fn artifact(&self, name: &str) -> PathBuf {
        let profile = if self.profile == "dev" { "debug" } else { self.profile };
        self.folder().join(host()).join(profile).join(name)
    }

    /// Runs cargo, once for all tests, and returns its messages.
    #[track_caller]
    pub(super) fn cargo(&self, subcommand: &str, package: &str) -> String {
        type Built = Mutex<HashMap<String, Arc<OnceLock<String>>>>;
        static BUILT: OnceLock<Built> = OnceLock::new();
        let built = BUILT.get_or_init(Built::default);
        let key = format!("{subcommand} {package} {}", self.folder().display());
        let messages = Arc::clone(
            built.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default(),
        );
        messages.get_or_init(|| self.run_cargo(subcommand, package)).clone()
    }

    #[track_caller]
    fn run_cargo(&self, subcommand: &str, package: &str) -> String {
        let mut command = Command::new(tool("CARGO", "cargo"));
        command.current_dir(fixtures());
        without_flags_of_outer_build(&mut command);
        command
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags.join("\x1f"))
            .env("CARGO_BUILD_BUILD_DIR", folder("build"))
            .env("CARGO_TARGET_DIR", self.folder());
        command.args([
            subcommand,
            "--package",
            package,
            "--profile",
            self.profile,
            "--target",
            host(),
        ]);
        // Offline, because the lock file names only what the workspace uses itself.
        command.args(["--offline", "--message-format", "json-render-diagnostics"]);
        if subcommand == "test" {
            command.arg("--no-run");
        }
        if !self.features.is_empty() {
            command.args(["--features", &self.features.join(",")]);
        }
        for setting in &self.settings {
            command.args(["--config", &format!("profile.{}.{setting}", self.profile)]);
        }
        let built = output(&mut command);
        assert!(
            built.status.success(),
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        String::from_utf8_lossy(&built.stdout).into_owned()
    }
}
