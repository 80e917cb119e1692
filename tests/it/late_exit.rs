//! A handler that was abandoned and then ends the process: that counts no more. `main` goes on, and
//! the process ends as it ends it.

use crate::anywhere::assert_anywhere;
use crate::harness::{Scenario, scenario};

const LATE: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];
const AT: &str = "(tests/src/bin/late_exit/body.rs:_)";

fn plain() -> Scenario {
    scenario!("late_exit")
}

fn by_main() -> Scenario {
    scenario!("late_exit_by_main")
}

fn timed_out() -> String {
    format!(
        "exitmacro: handler `late` {AT} timed out after _s and was abandoned: its timeout is _s\n"
    )
}

/// What stderr hears when the handler ends the process in that way after a run by hand.
fn held(late: &str) -> &'static str {
    match late {
        "exitmacro exit" => "",
        _ => {
            "exitmacro: handler `late` called `exit` after it was abandoned: its thread was stopped, and the process continues. \
             If that was `std::process::exit`, std stops every other thread that calls it or returns from a plain `main`; \
             `exitmacro::exit` and `#[exitmacro::main]` still end the process\n"
        }
    }
}

#[track_caller]
fn assert_by_hand(program: fn() -> Scenario, late: &str, way: &str, code: i32) {
    for one_exit in [false, true] {
        let program = if one_exit { program().env("ONE_EXIT", "1") } else { program() };
        let ended = program.arg(late).arg(way).arg("by hand").run();
        eprintln!("{late}, {way}, with one exit: {one_exit}");
        assert_anywhere(
            &ended,
            code,
            "next\nlast: None\nmain goes on: 3\n",
            &(timed_out() + held(late)),
        );
    }
}

#[test]
fn main_goes_on_after_a_run_by_hand_and_ends_by_exitmacro_exit() {
    for late in LATE {
        assert_by_hand(plain, late, "exitmacro exit", 3);
        assert_by_hand(plain, late, "exitmacro exit on a thread", 3);
    }
}

#[test]
fn main_goes_on_after_a_run_by_hand_and_returns_by_its_attribute() {
    for late in LATE {
        assert_by_hand(by_main, late, "return", 3);
        assert_by_hand(by_main, late, "signal", 143);
        if !crate::harness::panics_abort() {
            assert_by_hand(by_main, late, "panic", 101);
        }
    }
}

/// The thread of the handler ends the process in place of `main`, where libc lets two threads in,
/// and std flushes nothing there.
#[test]
fn what_main_prints_after_a_run_by_hand_is_not_lost() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, way, code) in [
                ("plain", "exitmacro exit", 3),
                ("by main", "exitmacro exit", 3),
                ("by main", "return", 3),
                ("by main", "signal", 143),
            ] {
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(way).arg("by hand, then text").run();
                eprintln!("{name}, {late}, {way}, with one exit: {one_exit}");
                assert_anywhere(
                    &ended,
                    code,
                    "next\nlast: None\nmain goes on: 3\ntext without a newline",
                    &(timed_out() + held(late)),
                );
            }
        }
    }
}

/// The process does not go on then, so it is not said that it does.
#[test]
fn a_handler_that_is_late_while_main_ends_the_process_is_stopped_without_a_line() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, way) in
                [("plain", "exitmacro exit"), ("by main", "exitmacro exit"), ("by main", "return")]
            {
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(way).arg("by hand, late in exit").run();
                eprintln!("{name}, {late}, {way}, with one exit: {one_exit}");
                assert_anywhere(&ended, 3, "next\nlast: None\nmain goes on: 3\n", &timed_out());
            }
        }
    }
}

#[test]
fn a_plain_main_goes_on_and_returns_where_std_lets_it() {
    for (late, way) in [
        ("c exit", "return"),
        ("c exit", "std exit"),
        ("c exit", "c exit"),
        ("std exit", "c exit"),
        ("exitmacro exit", "return"),
    ] {
        let ended = plain().arg(late).arg(way).arg("by hand").run();
        assert_anywhere(
            &ended,
            3,
            "next\nlast: None\nmain goes on: 3\n",
            &(timed_out() + held(late)),
        );
    }
}

/// There is nothing else that could go on.
#[test]
fn on_the_thread_that_ran_the_handlers_by_hand_it_ends_the_process() {
    for late in LATE {
        let ended = plain().arg(late).arg("return").arg("by hand, on the caller").run();
        assert_anywhere(&ended, 77, "next\nlast: Some(77)\n", &timed_out());
    }
}

/// What std makes impossible: this would end if std let a second thread in.
#[cfg(target_os = "linux")]
#[test]
fn a_plain_main_that_std_stops_can_still_be_ended() {
    let mut running = plain().arg("std exit").arg("return").arg("by hand").start();
    running.wait_for("main goes on: 3");
    running.signal(libc::SIGTERM);
    assert_anywhere(
        &running.end(),
        -libc::SIGTERM,
        "next\nlast: None\nmain goes on: 3\n",
        &(timed_out() + held("std exit")),
    );
}

#[test]
fn a_run_that_ends_the_process_ends_it_with_its_own_status() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, way, code) in [
                ("plain", "exitmacro exit", 3),
                ("plain", "exitmacro exit on a thread", 3),
                ("plain", "return", 3),
                ("plain", "std exit", 3),
                ("plain", "c exit", 3),
                ("by main", "return", 3),
                ("by main", "exitmacro exit", 3),
                ("by main", "signal", 143),
            ] {
                let inside = ["return", "std exit", "c exit"].contains(&way) && name == "plain";
                // There std, or libc, stops it before it gets anywhere, and the handler that waits
                // for that would wait for ever.
                if inside
                    && (late == "std exit" && way != "c exit"
                        || one_exit && late != "exitmacro exit")
                {
                    continue;
                }
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(way).run();
                eprintln!("{late}, {way}, with one exit: {one_exit}");
                assert_anywhere(&ended, code, &format!("next\nlast: Some({code})\n"), &timed_out());
            }
        }
    }
}
