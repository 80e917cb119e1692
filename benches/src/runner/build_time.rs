//! How long a hello-world takes to build from nothing, with all it depends on.

use super::Figures;
use super::subject::{Subjects, cargo};
use super::table::{Table, ratio, short};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Title, what the manifest says under `[dependencies]` (with `{workspace}` for the path of this workspace), and what the program says besides its greeting.
const PEERS: [(&str, &str, &str); 6] = [
    ("nothing", "", ""),
    ("`libc`", "libc = '0.2.170'", "use libc as _;"),
    ("`dtor`", "dtor = '1.0.6'", "#[dtor::dtor(unsafe)] fn handler() {}"),
    ("`inventory`", "inventory = '0.3.25'", "struct Handler; inventory::collect!(Handler); inventory::submit! { Handler }"),
    ("`signal-mod`", "signal-mod = { version = '2.1.0', default-features = false, features = ['std', 'agnostic'] }", "use signal_mod as _;"),
    ("`exitmacro`", "exitmacro = { path = '{workspace}/exitmacro' }", "#[exitmacro::at_exit] fn handler() {}"),
];

const ROUNDS: usize = 3;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Clean build of a hello-world, release");
    let mut table = Table::new(["with", "seconds", "seconds of processor time", "ratio to nothing"]);
    let mut least = PEERS.map(|_| [Duration::MAX; 2]);
    for _ in 0..ROUNDS {
        for ((_, dependency, code), least) in PEERS.iter().zip(&mut least) {
            let times = build(subjects.scratch(), dependency, code);
            *least = [times[0].min(least[0]), times[1].min(least[1])];
        }
    }
    for ((title, ..), times) in PEERS.iter().zip(least) {
        let seconds = times.map(|time| time.as_secs_f64());
        table.row([(*title).to_owned(), short(seconds[0]), short(seconds[1]), ratio(seconds[1] / least[0][1].as_secs_f64())]);
    }
    figures.table(&table);
}

/// The time on the wall, and on the processors.
fn build(scratch: &Path, dependency: &str, code: &str) -> [Duration; 2] {
    let package = scratch.join("hello");
    _ = fs::remove_dir_all(&package);
    let workspace = workspace();
    let dependency = dependency.replace("{workspace}", workspace.to_str().expect("a path of text"));
    let manifest = format!("[package]\nname = 'hello'\nedition = '2024'\n\n[dependencies]\n{dependency}\n\n[workspace]\n");
    fs::create_dir_all(package.join("src")).expect("there is room for temporary files");
    fs::write(package.join("Cargo.toml"), manifest).expect("there is room for temporary files");
    fs::write(package.join("src/main.rs"), format!("{code}\nfn main() {{\n    println!(\"Hello, world!\");\n}}\n")).expect("there is room for temporary files");
    // The same versions as here. Cargo takes out what is not needed.
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).expect("there is a lock file");
    let (start, start_processors) = (Instant::now(), processor_time());
    let mut cargo = Command::new(cargo());
    cargo.args(["build", "--release", "--quiet", "--offline"]).current_dir(&package).env("CARGO_TARGET_DIR", package.join("target"));
    assert!(cargo.status().expect("cargo starts").success(), "{code} does not build");
    [start.elapsed(), processor_time().saturating_sub(start_processors)]
}

fn workspace() -> PathBuf {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program"));
    package.parent().expect("this package is part of a workspace").to_owned()
}

/// What all children so far used, and theirs.
#[cfg(unix)]
fn processor_time() -> Duration {
    // SAFETY: all zeroes is a valid `rusage`, and `getrusage` writes one.
    let usage = unsafe {
        let mut usage: libc::rusage = core::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    let duration = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1_000);
    duration(usage.ru_utime) + duration(usage.ru_stime)
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}
