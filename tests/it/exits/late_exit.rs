//! An abandoned handler that ends the process has no effect: `main` continues, and decides how the
//! process ends.

use crate::support::{Scenario, TIMED_OUT, handler_line, scenario, seen, seen_after, target};

const LATE: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];
fn plain() -> Scenario {
    scenario!("late_exit")
}

fn by_main() -> Scenario {
    scenario!("late_exit_by_main")
}

fn timed_out() -> String {
    handler_line("late", "late_exit/body", TIMED_OUT)
}

/// The line for a handler that ends the process by `late` after a run by hand.
fn held(late: &str) -> &'static str {
    match late {
        "exitmacro exit" => "",
        _ => {
            "exitmacro: handler `late` called `exit` after it was abandoned: its thread was \
             stopped, and the process continues. If that was `std::process::exit`, \
             std stops every other thread that calls it or returns from a plain `main`; \
             `exitmacro::exit` and `#[exitmacro::main]` still end the process\n"
        }
    }
}

#[test]
fn an_exit_at_the_moment_of_the_deadline_does_not_stop_the_process() {
    let line = handler_line("exit_at_the_deadline::exits", "exit_at_the_deadline", TIMED_OUT);
    scenario!("exit_at_the_deadline").run().assert_at_any_line(3, "first\n", &line);
}

#[track_caller]
fn assert_by_hand(program: fn() -> Scenario, late: &str, exit_path: &str, code: i32) {
    for one_exit in [false, true] {
        let program = if one_exit { program().env("ONE_EXIT", "1") } else { program() };
        let ended = program.arg(late).arg(exit_path).arg("by hand").run();
        eprintln!("{late}, {exit_path}, with one exit: {one_exit}");
        ended.assert_at_any_line(
            code,
            "next\nlast: None\nmain goes on: 3\n",
            &(timed_out() + held(late)),
        );
    }
}

#[test]
fn main_continues_after_a_run_by_hand_and_ends_by_exitmacro_exit() {
    for late in LATE {
        assert_by_hand(plain, late, "exitmacro exit", 3);
        assert_by_hand(plain, late, "exitmacro exit on a thread", 3);
    }
}

#[test]
fn main_continues_after_a_run_by_hand_and_returns_by_its_attribute() {
    for late in LATE {
        assert_by_hand(by_main, late, "return", 3);
        assert_by_hand(by_main, late, "signal", 143);
        if !crate::support::panics_abort() {
            assert_by_hand(by_main, late, "panic", 101);
        }
    }
}

/// The thread of the handler ends the process in place of `main`. libc lets two threads in, and std
/// flushes nothing there.
#[test]
fn what_main_prints_after_a_run_by_hand_is_not_lost() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, exit_path, code) in [
                ("plain", "exitmacro exit", 3),
                ("by main", "exitmacro exit", 3),
                ("by main", "return", 3),
                ("by main", "signal", 143),
            ] {
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(exit_path).arg("by hand, then text").run();
                eprintln!("{name}, {late}, {exit_path}, with one exit: {one_exit}");
                ended.assert_at_any_line(
                    code,
                    "next\nlast: None\nmain goes on: 3\ntext without a newline",
                    &(timed_out() + held(late)),
                );
            }
        }
    }
}

/// The process does not continue, so no line says that it does.
#[test]
fn an_abandoned_handler_that_exits_while_main_ends_the_process_is_stopped_without_a_line() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, exit_path) in
                [("plain", "exitmacro exit"), ("by main", "exitmacro exit"), ("by main", "return")]
            {
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(exit_path).arg("by hand, late in exit").run();
                eprintln!("{name}, {late}, {exit_path}, with one exit: {one_exit}");
                ended.assert_at_any_line(3, "next\nlast: None\nmain goes on: 3\n", &timed_out());
            }
        }
    }
}

#[test]
fn a_plain_main_continues_and_returns_where_std_does_not_stop_it() {
    for (late, exit_path) in [
        ("c exit", "return"),
        ("c exit", "std exit"),
        ("c exit", "c exit"),
        ("std exit", "c exit"),
        ("exitmacro exit", "return"),
    ] {
        if late != "exitmacro exit" && target().one_thread_may_exit {
            // libc stops it.
            continue;
        }
        let ended = plain().arg(late).arg(exit_path).arg("by hand").run();
        ended.assert_at_any_line(
            3,
            "next\nlast: None\nmain goes on: 3\n",
            &(timed_out() + held(late)),
        );
    }
}

/// No other thread is left that could continue.
#[test]
fn an_abandoned_handler_on_the_thread_of_a_run_by_hand_ends_the_process() {
    for late in LATE {
        let ended = plain().arg(late).arg("return").arg("by hand, on the caller").run();
        let stdout = seen_after(late, "next\nlast: Some(77)\n");
        ended.assert_at_any_line(77, &stdout, &timed_out());
    }
}

/// std stops `main`. The process would end by itself if std let a second thread in.
#[cfg(target_os = "linux")]
#[test]
fn a_plain_main_that_std_stops_can_still_be_ended() {
    let mut running = plain().arg("std exit").arg("return").arg("by hand").start();
    running.wait_for("main goes on: 3");
    running.signal(libc::SIGTERM);
    running.end().assert_at_any_line(
        -libc::SIGTERM,
        "next\nlast: None\nmain goes on: 3\n",
        &(timed_out() + held("std exit")),
    );
}

#[test]
fn a_run_that_ends_the_process_ends_it_with_its_own_status() {
    for one_exit in [false, true] {
        for late in LATE {
            for (name, exit_path, code) in [
                ("plain", "exitmacro exit", 3),
                ("plain", "exitmacro exit on a thread", 3),
                ("plain", "return", 3),
                ("plain", "std exit", 3),
                ("plain", "c exit", 3),
                ("by main", "return", 3),
                ("by main", "exitmacro exit", 3),
                ("by main", "signal", 143),
            ] {
                let inside =
                    ["return", "std exit", "c exit"].contains(&exit_path) && name == "plain";
                // std, or libc, stops the late handler at once there, and the handler that waits
                // for it would wait for ever.
                if inside
                    && (late == "std exit" && exit_path != "c exit"
                        || one_exit && late != "exitmacro exit")
                {
                    continue;
                }
                let program = if name == "plain" { plain() } else { by_main() };
                let program = if one_exit { program.env("ONE_EXIT", "1") } else { program };
                let ended = program.arg(late).arg(exit_path).run();
                eprintln!("{late}, {exit_path}, with one exit: {one_exit}");
                let stdout = format!("next\nlast: Some({code})\n");
                let stdout = if inside { seen(&stdout) } else { stdout };
                ended.assert_at_any_line(code, &stdout, &timed_out());
            }
        }
    }
}
