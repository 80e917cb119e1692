//! Builds user crates: those in `fixtures/` with cargo, single files with rustc.
//!
//! Everything lands below the target folder of the tests. All flag sets share one build folder, so
//! that the procedural macros, which are built for the host and see none of the flags, are compiled
//! once a profile; what comes out has a folder for each flag set.
//!
//! Most of the time goes into dependencies. So by default, what is not of this workspace is not
//! optimised, and flags of the final program are for that program alone, which rustc then compiles
//! directly. With `EXITMACRO_TESTS_WHOLE_MATRIX`, which `.ci/run` sets, every flag set is for every
//! crate, as a user's would be.

use crate::harness::is_whole_matrix;
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The workspace that is tested.
fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are part of the workspace")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The fixtures, copied: cargo writes a `Cargo.lock` next to them, and theirs must name the
/// versions that the workspace uses.
fn fixtures() -> &'static Path {
    static FIXTURES: OnceLock<PathBuf> = OnceLock::new();
    FIXTURES.get_or_init(|| {
        let copy = folder("fixtures");
        copy_tree(&sources().join("tests/fixtures"), &copy, &with_patches);
        let lock = read(&sources().join("Cargo.lock"));
        // Cargo changes the copy, so what it was copied from is kept beside.
        let seed = copy.join("Cargo.lock.seed");
        if fs::read_to_string(&seed).ok().as_ref() != Some(&lock) {
            write(&copy.join("Cargo.lock"), &lock);
            write(&seed, &lock);
        }
        copy_next_version();
        copy
    })
}

/// A manifest of a workspace, with the sources that are tested in the place of published crates.
fn with_patches(text: String) -> String {
    if !text.contains("[workspace]") {
        return text;
    }
    let (this, next) = (sources().join("exitmacro"), folder("next/exitmacro"));
    format!(
        "{text}\n[patch.crates-io]\nexitmacro = {{ path = {this:?} }}\nnext_exitmacro = {{ package = \"exitmacro\", path = {next:?} }}\n"
    )
}

/// Copies the crate as it will be in its next incompatible version: another number, and other names
/// of the slices that the linker gathers.
fn copy_next_version() {
    let version = env!("CARGO_PKG_VERSION");
    let minor: u32 = env!("CARGO_PKG_VERSION_MINOR").parse().expect("a version has numbers");
    let slices = ["EXITMACRO_HANDLERS", "EXITMACRO_SETTINGS"]
        .map(|slice| (format!("{slice}_0_{minor}"), format!("{slice}_0_{}", minor + 1)));
    let next_version = format!("0.{}.0", minor + 1);
    // Written out: below the workspace that is tested, cargo takes what is inherited from that one,
    // whichever is nearer.
    let inherited = [
        ("\nversion.workspace = true", format!("\nversion = \"{next_version}\"")),
        (
            "exitmacro-derive.workspace = true",
            format!(
                "exitmacro-derive = {{ path = \"../exitmacro-derive\", version = \"={next_version}\" }}"
            ),
        ),
    ];
    let change = |text: String| {
        let text = inherited.iter().fold(text, |text, (from, to)| text.replace(from, to));
        slices
            .iter()
            .fold(text.replace(version, &next_version), |text, (from, to)| text.replace(from, to))
    };
    let copy = folder("next");
    for package in ["exitmacro", "exitmacro-derive"] {
        copy_tree(&sources().join(package), &copy.join(package), &change);
    }
    let manifest = change(read(&sources().join("Cargo.toml")));
    let members = manifest
        .lines()
        .find(|line| line.starts_with("members = "))
        .expect("the workspace lists its members");
    write(
        &copy.join("Cargo.toml"),
        &manifest.replace(members, "members = [\"exitmacro\", \"exitmacro-derive\"]"),
    );
    for (file, (slice, next_slice)) in
        ["handler/declared.rs", "config/declared.rs"].into_iter().zip(&slices)
    {
        assert!(
            read(&copy.join("exitmacro/src").join(file)).contains(next_slice),
            "the slice is not called {slice}"
        );
    }
}

fn copy_tree(from: &Path, to: &Path, change: &dyn Fn(String) -> String) {
    remove_what_is_gone(from, to);
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy_tree(&path, &target, change);
        } else {
            write(&target, &change(read(&path)));
        }
    }
}

/// An earlier copy may hold files that were moved or removed since. What cargo wrote stays.
fn remove_what_is_gone(from: &Path, to: &Path) {
    for entry in fs::read_dir(to).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name");
        if !from.join(name).exists() && !name.display().to_string().starts_with("Cargo.lock") {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .expect("a stale copy can be removed");
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Leaves a file alone that is right already, because cargo looks at its time; replaces another one
/// in one step, because tests may run in several processes.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    fs::create_dir_all(path.parent().expect("a file is in a folder"))
        .expect("the folder can be made");
    fs::write(&fresh, text).expect("the file can be written");
    fs::rename(&fresh, path).expect("the file can be renamed");
}

/// The triple of the machine. Named to cargo, it keeps flags away from procedural macros.
fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        let version = output(Command::new(tool("RUSTC", "rustc")).arg("-vV"));
        let text = String::from_utf8_lossy(&version.stdout).into_owned();
        text.lines()
            .find_map(|line| line.strip_prefix("host: "))
            .expect("rustc names its host")
            .to_owned()
    })
}

fn tool(variable: &str, name: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}

#[track_caller]
fn output(command: &mut Command) -> Output {
    // For a machine that has much else to do.
    const LIMIT: Duration = Duration::from_secs(900);
    exitmacro_testing::output_within(LIMIT, command)
}

/// Runs a compiler, in a folder of its own: the names of what it makes on the way are those of the
/// source, and tests in several processes may compile the same one at once.
#[track_caller]
fn compile(command: &mut Command, kind: &str, product: &Path) -> Output {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let own = product.with_extension(format!(
        "{}.{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    fs::create_dir_all(&own).expect("the folder can be made");
    let fresh = own.join(product.file_name().expect("a product has a name"));
    let compiled = output(
        command.arg("--out-dir").arg(&own).arg(format!("--emit={kind}={}", fresh.display())),
    );
    if compiled.status.success() {
        fs::rename(&fresh, product).expect("the file can be moved");
    }
    fs::remove_dir_all(&own).expect("the folder can be removed");
    compiled
}

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
        // No test looks at debug information, and nothing is built twice.
        Self::of_profile("dev")
            .setting("debug = false")
            .setting("incremental = false")
            .setting("build-override.opt-level = 0")
    }

    pub(crate) fn release() -> Self {
        if is_whole_matrix() {
            return Self { is_optimised: true, ..Self::of_profile("release") };
        }
        // The settings of the profile `release`, but for dependencies that are not of this
        // workspace; and procedural macros, which have the folder and the settings of the other
        // profile, are built once.
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

    /// A flag of rustc for the final program, and with the whole matrix for all that it is made of.
    pub(crate) fn final_flag(mut self, flag: &str) -> Self {
        if is_whole_matrix() { &mut self.flags } else { &mut self.final_flags }
            .push(flag.to_owned());
        self
    }

    /// The number of codegen units, for the crates that the fixture `program` is made of, and with
    /// the whole matrix for all crates.
    pub(crate) fn codegen_units(self, count: u16) -> Self {
        const CRATES: [&str; 4] = ["program", "dependency", "indirect", "unmentioned"];
        if is_whole_matrix() {
            return self.setting(&format!("codegen-units = {count}"));
        }
        CRATES.iter().fold(self, |build, name| {
            build.setting(&format!("package.{name}.codegen-units = {count}"))
        })
    }

    /// Builds a package; the program of that name.
    #[track_caller]
    pub(crate) fn program(&self, package: &str) -> PathBuf {
        let messages = self.cargo("build", package);
        if self.final_flags.is_empty() {
            self.artifact(package)
        } else {
            self.link(package, &Libraries::in_messages(&messages))
        }
    }

    /// Compiles the program of a package once more, from what its dependencies were compiled to.
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

    /// Builds a package; the shared object of that name.
    #[track_caller]
    pub(crate) fn shared_object(&self, package: &str) -> PathBuf {
        self.program(package).with_file_name(format!("lib{package}.so"))
    }

    /// Builds a package; the static library of that name.
    #[track_caller]
    pub(crate) fn static_library(&self, package: &str) -> PathBuf {
        self.program(package).with_file_name(format!("lib{package}.a"))
    }

    /// Builds the unit tests of a package.
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
    fn cargo(&self, subcommand: &str, package: &str) -> String {
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
        // A flag of the outer build must neither get in nor keep ours out.
        for variable in
            ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS", "CARGO_INCREMENTAL"]
        {
            command.env_remove(variable);
        }
        for (variable, _) in
            env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PROFILE_"))
        {
            command.env_remove(variable);
        }
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
        // Offline: the lock file names nothing that the workspace does not use itself.
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

/// A crate in a single file, compiled by rustc or clippy directly: the flags of a manifest, without
/// the time that cargo takes.
pub(crate) struct SingleFile {
    command: Command,
    /// What is made of it goes here.
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
        // Relative, so that messages and handlers show no path of this machine.
        command.current_dir(fixtures()).arg(source).args(["--edition", edition]);
        Self { command, folder: single, name }.finding(with_exitmacro())
    }

    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Lets the file name a crate, as a line of a manifest does.
    pub(crate) fn naming(self, name: &str, library: &Path) -> Self {
        self.arg("--extern").arg(&format!("{name}={}", library.display()))
    }

    /// Lets the file name exitmacro, by that name.
    pub(crate) fn naming_exitmacro(self, name: &str) -> Self {
        self.naming(name, with_exitmacro().library("exitmacro"))
    }

    /// Lets the file name tokio, and exitmacro as it is for those who use tokio.
    pub(crate) fn naming_tokio_and_exitmacro(self) -> Self {
        static WITH_BOTH: OnceLock<Libraries> = OnceLock::new();
        let libraries = WITH_BOTH.get_or_init(|| Libraries::of("futures"));
        ["tokio", "exitmacro"]
            .into_iter()
            .fold(self.finding(libraries), |file, name| file.naming(name, libraries.library(name)))
    }

    /// Tells the compiler where the dependencies are of what the file names.
    fn finding(mut self, libraries: &Libraries) -> Self {
        for folder in &libraries.folders {
            self.command.arg("-L").arg(format!("dependency={}", folder.display()));
        }
        self
    }

    /// Checks it; what the compiler says.
    #[track_caller]
    pub(crate) fn check(self) -> String {
        let name = format!("{}.rmeta", self.name);
        let (output, _) = self.product("metadata", &name);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || !said.is_empty(), "the compiler failed without a word");
        said
    }

    /// Compiles and runs the examples in its documentation; what rustdoc says.
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

    /// Compiles it as a library that others can name.
    #[track_caller]
    pub(crate) fn library(self) -> PathBuf {
        let name = format!("lib{}.rlib", self.name);
        self.arg("--crate-type=lib").link(&name)
    }

    /// Compiles it as a program.
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

/// What the compiler needs in order to know the dependencies of a fixture.
struct Libraries {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Libraries {
    fn of(package: &str) -> Self {
        Self::in_messages(&Build::debug().cargo("build", package))
    }

    /// Those that cargo says that it built.
    fn in_messages(messages: &str) -> Self {
        let names =
            messages.split("\"filenames\":[").skip(1).filter_map(|text| text.split(']').next());
        let files: Vec<PathBuf> = names
            .flat_map(|names| names.split(','))
            .map(|name| name.trim_matches('"').into())
            .collect();
        let mut folders: Vec<_> =
            files.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        Self { files, folders }
    }

    /// Names every library to a compiler, as cargo does with those of the manifest.
    fn name_all_to(&self, command: &mut Command) {
        for folder in &self.folders {
            command.arg("-L").arg(format!("dependency={}", folder.display()));
        }
        for file in self
            .files
            .iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "rlib"))
        {
            let name = file
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| stem.strip_prefix("lib")?.split('-').next())
                .expect("a library has a name");
            command.arg("--extern").arg(format!("{name}={}", file.display()));
        }
    }

    fn library(&self, name: &str) -> &Path {
        let is_library = |file: &&PathBuf| {
            file.extension().is_some_and(|extension| extension == "rlib")
                && file.display().to_string().contains(&format!("/lib{name}-"))
        };
        self.files.iter().find(is_library).expect("cargo names the library")
    }
}
