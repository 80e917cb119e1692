//! The events of the console. The program delivers them as the system does.

use crate::support::{Ended, scenario};

const CTRL_C: u32 = 0;
/// Ctrl-Break, a console that is closed, a logoff, and a shutdown.
const OTHERS: [u32; 4] = [1, 2, 5, 6];

fn ended(handled: &str, event: u32) -> Ended {
    scenario!("console_events").args([handled, &event.to_string()]).run()
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn handlers_run_at_each_event_before_the_system_ends_the_process() {
    ended("all", CTRL_C).assert(130, "SIGINT, Some(130)\n", "");
    for event in OTHERS {
        ended("all", event).assert(143, "SIGTERM, Some(143)\n", "");
    }
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn no_handler_runs_at_an_event_that_the_program_does_not_handle() {
    for (handled, event) in
        [("none", CTRL_C)].into_iter().chain(OTHERS.map(|event| ("SIGINT", event)))
    {
        let ended = ended(handled, event);
        assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""), "{handled}, {event}: {ended:?}");
    }
}
