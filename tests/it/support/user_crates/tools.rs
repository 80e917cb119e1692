//! The compilers and cargo, and the folders of what they build.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder below the target folder of the tests.
pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The triple of the machine. With `--target`, cargo keeps our flags away from procedural macros.
pub(super) fn host() -> &'static str {
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

pub(super) fn tool(variable: &str, name: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}

#[track_caller]
pub(super) fn output(command: &mut Command) -> Output {
    exitmacro_testing::output_within(exitmacro_testing::BUILD_LIMIT, command)
}

/// Runs a compiler in a folder of its own. Intermediate files have the name of the source, and
/// tests in several processes may compile the same source at once.
#[track_caller]
pub(super) fn compile(command: &mut Command, kind: &str, product: &Path) -> Output {
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
