//! The libraries that cargo built for a package, as arguments of rustc.

use super::cargo_build::Build;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that a fixture depends on, and their folders.
pub(super) struct Libraries {
    files: Vec<PathBuf>,
    pub(super) folders: Vec<PathBuf>,
}

impl Libraries {
    pub(super) fn of(package: &str) -> Self {
        Self::in_messages(&Build::debug().cargo("build", package))
    }

    /// The libraries that cargo lists in its messages.
    pub(super) fn in_messages(messages: &str) -> Self {
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

    /// Passes every library to a compiler, as cargo does with the dependencies of a manifest.
    pub(super) fn name_all_to(&self, command: &mut Command) {
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

    pub(super) fn library(&self, name: &str) -> &Path {
        let is_library = |file: &&PathBuf| {
            file.extension().is_some_and(|extension| extension == "rlib")
                && file.display().to_string().contains(&format!("/lib{name}-"))
        };
        self.files.iter().find(is_library).expect("cargo names the library")
    }
}
