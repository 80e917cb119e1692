//! Projects whose files and commands a page shows.

use super::fixtures::{seed_lock_file, sources, write};
use super::tools::{folder, host, output};
use exitmacro_testing::without_flags_of_outer_build;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package in a folder of its own, which is its own workspace.
#[derive(Default)]
pub(crate) struct Project {
    folder: PathBuf,
    /// The lines of `[dependencies]`.
    dependencies: String,
    /// The lines of `[dev-dependencies]`.
    dev_dependencies: String,
    /// The end of the manifest.
    manifest: String,
}

impl Project {
    pub(crate) fn new(name: &str) -> Self {
        Self { folder: folder("projects").join(name), ..Self::default() }
    }

    /// Adds a dependency as `cargo add` does, whose arguments these are. It is not called, because
    /// it looks for the crate in the registry.
    #[track_caller]
    pub(crate) fn add(&mut self, arguments: &str) {
        let mut words = arguments.split(' ');
        let name = words.next().expect("cargo add takes a name");
        let (mut features, mut is_dev) = (Vec::new(), false);
        while let Some(word) = words.next() {
            match word {
                "--dev" => is_dev = true,
                "--features" => features.extend(words.next().expect("features").split(',')),
                other => panic!("an argument that no page had so far: {other}"),
            }
        }
        let list = if is_dev { &mut self.dev_dependencies } else { &mut self.dependencies };
        // The lock file decides the version.
        list.push_str(&format!("{name} = {{ version = \"*\", features = {features:?} }}\n"));
    }

    /// Writes a file. The text for `Cargo.toml` comes after what `cargo new` writes there.
    pub(crate) fn file(&mut self, path: &str, text: &str) {
        if path == "Cargo.toml" {
            self.manifest.push_str(text);
        } else {
            write(&self.folder.join(path), text);
        }
    }

    /// Writes the manifest. From then on, commands can be run.
    pub(crate) fn finish(&self) {
        let name = self.folder.file_name().expect("it has a name").display();
        let Self { dependencies, dev_dependencies, manifest, .. } = self;
        let exitmacro = sources().join("exitmacro");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n[dev-dependencies]\n{dev_dependencies}\n{manifest}\n\
             [workspace]\n\n[patch.crates-io]\nexitmacro = {{ path = {exitmacro:?} }}\n"
        );
        write(&self.folder.join("Cargo.toml"), &manifest);
        seed_lock_file(&self.folder);
    }

    /// Whether the sources of all dependencies are here, or could be downloaded.
    pub(crate) fn has_sources(&self) -> bool {
        ["true", "false"].iter().any(|is_offline| {
            let mut command = Command::new("cargo");
            self.prepare(command.args(["fetch", "--target", host()]))
                .env("CARGO_NET_OFFLINE", is_offline)
                .env("CARGO_NET_RETRY", "1");
            output(&mut command).status.success()
        })
    }

    /// Runs a line of a shell, and returns what it prints to stdout and stderr, in this order.
    pub(crate) fn shell(&self, line: &str) -> String {
        let mut command = Command::new("sh");
        let ended = output(self.prepare(command.args(["-c", &format!("{{ {line}; }} 2>&1")])));
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }

    fn prepare<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        without_flags_of_outer_build(command)
            .current_dir(&self.folder)
            .env("CARGO_NET_OFFLINE", "true")
            // What is compiled is shared; what the page names is in the folder of the project.
            .env("CARGO_BUILD_BUILD_DIR", folder("build"))
            .env("CARGO_TARGET_DIR", Path::new("target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_PROFILE_DEV_INCREMENTAL", "false")
            .env("CARGO_PROFILE_TEST_DEBUG", "false")
    }
}
