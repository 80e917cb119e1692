//! Programs that a test builds with cargo.

use crate::output_within;
use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Long enough for a build on a busy machine.
pub const BUILD_LIMIT: Duration = Duration::from_secs(900);

/// `cargo`, with the target folder of this test program, and the name of the profile that it was
/// built with.
///
/// # Panics
///
/// When this program is not where cargo puts test programs.
#[must_use]
pub fn cargo_of_this_build() -> (Command, String) {
    let test = env::current_exe().expect("it has a path");
    let folder = test.ancestors().nth(2).expect("it is in a folder of the profile");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        other => other.expect("profiles have plain names"),
    };
    let mut command = Command::new(env!("CARGO"));
    command.env("CARGO_TARGET_DIR", folder.parent().expect("it is in the target folder"));
    (command, profile.to_owned())
}

/// Builds what the command, a `cargo test`, would run, and returns the path of the last program of
/// that name.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn test_program(name: &str, command: &mut Command) -> PathBuf {
    let built = output_within(BUILD_LIMIT, command.args(["--no-run", "--message-format=json"]));
    let messages = String::from_utf8(built.stdout).expect("it prints text");
    let mut programs = messages
        .lines()
        .filter(|line| line.contains(&format!(r#""name":"{name}""#)))
        .filter_map(|line| Some(line.split_once(r#""executable":""#)?.1.split_once('"')?.0));
    let errors = String::from_utf8_lossy(&built.stderr);
    programs.next_back().unwrap_or_else(|| panic!("{messages}{errors}")).into()
}

/// A flag of the outer build must neither add to those of the tests nor replace them.
pub fn without_flags_of_outer_build(command: &mut Command) -> &mut Command {
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
}
