//! A `main` without the attribute, which ends through libc: what asked for the end, and a handler
//! that fails, never turn its failure into success.

use crate::support::{Ended, handler_line, scenario, seen, target};

/// How `main` ends, with which status, and what std prints.
const ENDS: [(&str, i32, &str); 4] = [
    ("returns", 0, ""),
    ("fails", 1, "Error: \"main fails\"\n"),
    ("std exit", 4, ""),
    ("c exit", 5, ""),
];

fn plain(asked: &str, handler: &str, end: &str) -> Ended {
    scenario!("plain_main").args([asked, handler, end]).run()
}

#[test]
fn what_asks_for_success_does_not_hide_a_failure_of_main() {
    for (asked, asking) in [("a signal", "SIGTERM"), ("a request", "exit")] {
        for (end, code, stderr) in ENDS {
            // A failure that is known is taken for an exit.
            let may_be_asked = code == 0 || !target().hook_knows_status;
            let reason = if may_be_asked { asking } else { "exit" };
            let stdout = seen(&format!("{reason}, Some({code})\n"));
            plain(asked, "succeeds", end).assert(code, &stdout, stderr);
        }
    }
}

#[test]
fn a_handler_that_fails_never_turns_failure_into_success() {
    let failed = handler_line("plain_main::say", "plain_main", "failed after _s: no luck");
    for (end, code, error) in ENDS {
        // Where the status is not known, it may be a success.
        let stays = code != 0 && target().hook_knows_status;
        let stdout = seen(&format!("exit, Some({code})\n"));
        let stderr = format!("{error}{failed}");
        let ended = plain("nothing", "fails", end);
        ended.assert_at_any_line(if stays { code } else { 3 }, &stdout, &stderr);
    }
}

#[test]
fn a_handler_that_failed_by_hand_leaves_the_status() {
    let failed = handler_line("plain_main::say", "plain_main", "failed after _s: no luck");
    for (end, code, error) in ENDS {
        let ended = plain("run by hand", "fails", end);
        ended.assert_at_any_line(code, "requested, None\n", &format!("{failed}{error}"));
    }
}
