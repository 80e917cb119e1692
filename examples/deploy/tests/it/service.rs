//! The unit for systemd, by systemd's own parser. `tests/systemd/run` starts and stops it.

use crate::{BILLING, ended, has, read};
use std::fs;
use std::process::Command;

/// What `systemd-analyze verify` prints about the unit, with the program of this build.
fn complaints(unit: &str) -> String {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("billing.service");
    fs::write(&file, unit.replace("/usr/local/bin/billing", BILLING)).expect("it can be written");
    let mut command = Command::new("systemd-analyze");
    let (_, stdout, stderr) = ended(command.args(["--man=no", "verify"]).arg(&file));
    // Other units of this machine may be faulty.
    let about_it = |line: &&str| line.contains("billing");
    [stdout, stderr]
        .iter()
        .flat_map(|text| text.lines())
        .filter(about_it)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn systemd_has_no_complaints() {
    if has(&["systemd-analyze"], "package `systemd`") {
        assert_eq!(complaints(&read("billing.service")), "");
    }
}

#[test]
fn systemd_would_complain_about_what_it_does_not_know() {
    if has(&["systemd-analyze"], "package `systemd`") {
        for (right, wrong) in [
            ("TimeoutStopSec=25", "TimeoutStopSeconds=25"),
            ("KillMode=mixed", "KillMode=some"),
            ("SuccessExitStatus=143", "SuccessExitStatus=1430"),
        ] {
            let unit = read("billing.service");
            assert!(unit.contains(right), "{right}");
            let found = complaints(&unit.replace(right, wrong));
            assert!(found.contains("billing.service:"), "{wrong}: {found}");
        }
    }
}
