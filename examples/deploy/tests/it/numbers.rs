//! The number that the service is started with is the time that it really has.

use crate::read;

/// The text between two others, of which the first is there once.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let parts: Vec<_> = text.split(before).collect();
    let [_, rest] = parts[..] else { panic!("{before:?} is not there once") };
    rest.split(after).next().expect("split returns something").trim()
}

fn seconds(text: &str) -> u64 {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn systemd_waits_that_long() {
    let unit = read("billing.service");
    let given = between(&unit, "ExecStart=/usr/local/bin/billing ", "\n");
    assert_eq!(seconds(given), seconds(between(&unit, "TimeoutStopSec=", "\n")));
}

#[test]
fn kubernetes_waits_that_long_and_for_the_hook_before() {
    let manifest = read("deployment.yaml");
    let given = seconds(between(&manifest, "args: [\"", "\"]"));
    let hook = seconds(between(&manifest, "\n                seconds: ", "\n"));
    let period = seconds(between(&manifest, "terminationGracePeriodSeconds: ", "\n"));
    assert_eq!(given + hook, period);
    assert!(manifest.contains(&format!("share it: {hook} + {given}.")));
}

#[test]
fn docker_is_to_wait_that_long() {
    let dockerfile = read("Dockerfile");
    let given = between(&dockerfile, "CMD [\"", "\"]");
    assert_eq!(given, between(&dockerfile, "--stop-timeout ", "`"));
}

#[test]
fn s6_waits_that_long() {
    let given = seconds(between(&read("s6/run"), "\nbilling ", "\n"));
    assert_eq!(given * 1_000, seconds(read("s6/timeout-kill").trim()));
}
