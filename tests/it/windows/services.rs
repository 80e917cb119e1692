//! A service that its manager stops.

use crate::support::scenario;

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_service_that_is_stopped_runs_its_handlers_and_is_stopped_then() {
    let ended = scenario!("service").run();
    ended.assert(0, "exit code: 0\nrunning\nclean up: exit, Some(0)\nstopped\n", "");
}
