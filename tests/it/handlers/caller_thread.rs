//! Handlers that ask for the exiting thread run there, in order. Whatever they do, the others run
//! and the process ends.

use crate::support::{
    Ended, TIMED_OUT, code_without_libc, handler_line, normalized, panics_abort, scenario, seen,
    seen_after, without_line_numbers,
};
use std::time::Duration;

const EXIT_PATHS: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];

#[track_caller]
fn on_caller(exit_path: &str, inside: &str) -> Ended {
    let ended = scenario!("on_caller").arg(exit_path).arg(inside).run();
    // The timeout of 20 seconds does not apply.
    assert!(ended.took < Duration::from_secs(5), "{exit_path}, {inside}: {ended:?}");
    ended
}

fn middle(what: &str) -> String {
    handler_line("middle", "on_caller", what)
}

fn stdout(code: i32) -> String {
    format!(
        "first, on another thread\nmiddle, on main\ndeclared, on main\n\
         last, on another thread: Some({code})\n"
    )
}

#[test]
fn handlers_run_on_the_exiting_thread_in_order() {
    for exit_path in EXIT_PATHS {
        on_caller(exit_path, "ok").assert(3, &seen_after(exit_path, &stdout(3)), "");
    }
    let by_hand = "first, on another thread\nmiddle, on main\ndeclared, on main\n\
                   last, on another thread: None\nsuccess: true\n";
    on_caller("run by hand", "ok").assert(3, by_hand, "");
}

#[test]
fn a_handler_that_panics_is_reported() {
    if !panics_abort() {
        for exit_path in EXIT_PATHS {
            on_caller(exit_path, "panic").assert_at_any_line(
                3,
                &seen_after(exit_path, &stdout(3)),
                &middle("panicked after _s: no luck"),
            );
        }
    }
}

#[test]
fn a_handler_that_exits_sets_the_status() {
    for exit_path in EXIT_PATHS {
        on_caller(exit_path, "exitmacro exit").assert(7, &stdout(7), "");
        on_caller(exit_path, "c exit").assert(7, &seen(&stdout(7)), "");
    }
}

#[test]
fn a_handler_that_exits_while_it_panics_sets_the_status() {
    // The handler does not unwind, and its thread is the exiting one.
    if !panics_abort() {
        for exit_path in EXIT_PATHS {
            on_caller(exit_path, "exit while unwinding").assert(7, &stdout(7), "");
        }
        on_caller("run by hand", "exit while unwinding").assert(7, &stdout(7), "");
    }
}

#[test]
fn a_handler_that_calls_std_exit_sets_the_status_where_std_has_not_locked_it() {
    for exit_path in ["c exit", "exitmacro exit"] {
        on_caller(exit_path, "std exit").assert(7, &seen(&stdout(7)), "");
    }
}

#[test]
fn a_handler_that_calls_std_exit_where_std_has_locked_it_is_reported_and_the_status_stays() {
    // std aborts there, and the other handlers run.
    for exit_path in ["return", "std exit"] {
        let ended = on_caller(exit_path, "std exit");
        let code = code_without_libc(exit_path, 3);
        assert_eq!((ended.code(), &ended.stdout), (code, &seen(&stdout(3))), "{ended:?}");
        assert!(
            without_line_numbers(&normalized(&ended.stderr))
                .contains(middle("panicked after _s: ").trim_end()),
            "{ended:?}"
        );
    }
}

#[test]
fn a_handler_that_exits_during_a_run_by_hand_ends_the_process_after_it() {
    for inside in ["exitmacro exit", "c exit", "std exit"] {
        on_caller("run by hand", inside).assert(7, &seen_after(inside, &stdout(7)), "");
    }
}

#[test]
fn a_handler_that_starts_a_run_gets_a_report_of_what_has_finished() {
    for exit_path in EXIT_PATHS {
        let stdout = seen_after(exit_path, &stdout(3))
            .replace("middle, on main\n", "middle, on main\nso far: 1\n");
        on_caller(exit_path, "run").assert(3, &stdout, "");
    }
}

#[test]
fn a_handler_that_hangs_is_abandoned_and_the_process_ends_without_its_thread() {
    // The exiting thread is lost, so the other handler that asked for it runs on another thread.
    let stdout = stdout(3).replace("declared, on main", "declared, on another thread");
    for exit_path in EXIT_PATHS {
        on_caller(exit_path, "hang").assert_at_any_line(
            code_without_libc(exit_path, 3),
            &seen_after(exit_path, &stdout),
            &middle(TIMED_OUT),
        );
    }
}

#[test]
fn a_second_handler_that_hangs_is_abandoned_too() {
    // The runner that replaced the exiting thread enforces the timeout.
    let stdout = stdout(3).replace("declared, on main", "declared, on another thread");
    let what = TIMED_OUT;
    let both = format!("{}{}", middle(what), middle(what).replace("middle", "other"));
    for exit_path in EXIT_PATHS {
        on_caller(exit_path, "hang, and another one").assert_at_any_line(
            code_without_libc(exit_path, 3),
            &seen_after(exit_path, &stdout),
            &both,
        );
    }
}

/// The thread that ran the handlers by hand does not return to end the process.
#[test]
fn a_handler_that_exits_after_another_hung_in_a_run_by_hand_ends_the_process() {
    let stdout = stdout(7).replace("declared, on main", "declared, on another thread");
    let timed_out = middle(TIMED_OUT);
    on_caller("run by hand", "hang, and another one exits")
        .assert_at_any_line(7, &stdout, &timed_out);
}

#[test]
fn the_thread_that_ends_the_process_is_not_cut_short_for_one_that_hangs() {
    let stdout = stdout(5).replace("declared, on main", "declared, on another thread");
    on_caller("run by hand, another thread exits", "hang").assert_at_any_line(
        5,
        &format!("{stdout}cleaned\n"),
        &middle(TIMED_OUT),
    );
}

#[test]
fn a_handler_whose_timeout_expires_before_it_starts_does_not_delay_the_others() {
    for exit_path in ["return", "exitmacro exit"] {
        for _ in 0..5 {
            let ended = on_caller(exit_path, "no time");
            // The exiting thread may be too late to run this handler. The others run and the
            // process ends in any case.
            let last = seen_after(exit_path, "last, on another thread: Some(3)\n");
            let codes = [3, code_without_libc(exit_path, 3)];
            assert!(codes.contains(&ended.code()) && ended.stdout.contains(&last), "{ended:?}");
        }
    }
}
