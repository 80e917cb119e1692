//! The copy of `fixtures/` that is built, and the copy of the crate as its next version.

use super::tools::folder;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The workspace that is tested.
pub(super) fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are part of the workspace")
}

/// The copy of the fixtures. Cargo writes a `Cargo.lock` next to them, which must name the versions
/// that the workspace uses.
pub(super) fn fixtures() -> &'static Path {
    static FIXTURES: OnceLock<PathBuf> = OnceLock::new();
    FIXTURES.get_or_init(|| {
        let copy = folder("fixtures");
        copy_tree(&sources().join("tests/fixtures"), &copy, &with_patches);
        seed_lock_file(&copy);
        copy_next_version();
        copy
    })
}

/// Names the versions that the workspace uses.
pub(super) fn seed_lock_file(folder: &Path) {
    let lock = read(&sources().join("Cargo.lock"));
    // Cargo changes `Cargo.lock`, so its source is kept separately.
    let seed = folder.join("Cargo.lock.seed");
    if fs::read_to_string(&seed).ok().as_ref() != Some(&lock) {
        write(&folder.join("Cargo.lock"), &lock);
        write(&seed, &lock);
    }
}

/// A workspace manifest, with this crate in place of the published one.
fn with_patches(text: String) -> String {
    if !text.contains("[workspace]") {
        return text;
    }
    let (this, next) = (sources().join("exitmacro"), folder("next/exitmacro"));
    format!(
        "{text}\n[patch.crates-io]\nexitmacro = {{ path = {this:?} }}\n\
         next_exitmacro = {{ package = \"exitmacro\", path = {next:?} }}\n"
    )
}

/// Copies the crate as its next incompatible version: another version number, and another name of
/// the slice that the linker collects.
fn copy_next_version() {
    let version = env!("CARGO_PKG_VERSION");
    let minor: u32 = env!("CARGO_PKG_VERSION_MINOR").parse().expect("a version has numbers");
    let slice = |minor| format!("EXITMACRO_HANDLERS_0_{minor}");
    let (slice, next_slice) = (slice(minor), slice(minor + 1));
    let next_version = format!("0.{}.0", minor + 1);
    // Inherited keys are written out: cargo would take them from the tested workspace, even if
    // another one is nearer.
    let inherited = [
        ("\nversion.workspace = true", format!("\nversion = \"{next_version}\"")),
        (
            "exitmacro-derive.workspace = true",
            format!(
                "exitmacro-derive = {{ path = \"../exitmacro-derive\", \
                 version = \"={next_version}\" }}"
            ),
        ),
    ];
    let change = |text: String| {
        let text = inherited.iter().fold(text, |text, (from, to)| text.replace(from, to));
        text.replace(version, &next_version).replace(&slice, &next_slice)
    };
    let copy = folder("next");
    for package in ["exitmacro", "exitmacro-derive"] {
        copy_tree(&sources().join(package), &copy.join(package), &change);
    }
    let manifest = change(read(&sources().join("Cargo.toml")));
    let (head, members) =
        manifest.split_once("\nmembers = [").expect("the workspace lists its members");
    let (_, rest) = members.split_once(']').expect("the list of members ends");
    write(
        &copy.join("Cargo.toml"),
        &format!("{head}\nmembers = [\"exitmacro\", \"exitmacro-derive\"]{rest}"),
    );
    let declared = read(&copy.join("exitmacro/src/handler/declared.rs"));
    assert!(declared.contains(&next_slice), "the slice is not called {slice}");
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

/// An earlier copy may hold files that were moved or removed since. Files of cargo stay.
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

/// Does not touch a file with the right text, because cargo compares its time. Replaces other files
/// by a rename, because tests may run in several processes.
pub(super) fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    fs::create_dir_all(path.parent().expect("a file is in a folder"))
        .expect("the folder can be made");
    fs::write(&fresh, text).expect("the file can be written");
    fs::rename(&fresh, path).expect("the file can be renamed");
}
