//! What `#[exitmacro::main]` and `config!` set: `on_failure`, the timeout, the budget.

use crate::support::{
    Scenario, SingleFile, TIMED_OUT, despite_load, handler_line, panics_abort, scenario,
};
use std::time::Duration;

const LATE: &str = TIMED_OUT;

/// The line for a handler that misbehaves.
fn line(program: &str, what: &str) -> String {
    handler_line(&format!("{program}::body::end::{{{{closure}}}}"), "settings/body", what)
}

/// The name of a program, the program, and the reason of the run when `main` returns and when it
/// panics.
type Program = (&'static str, fn() -> Scenario, [&'static str; 2]);

fn programs() -> [Program; 3] {
    [
        ("settings_by_main", || scenario!("settings_by_main"), ["return", "panic"]),
        ("settings_by_async_main", || scenario!("settings_by_async_main"), ["return", "panic"]),
        ("settings_by_config", || scenario!("settings_by_config"), ["exit", "exit"]),
    ]
}

const MISBEHAVING: [(&str, &str); 3] = [
    ("failing", "failed after _s: no luck"),
    ("panicking", "panicked after _s: no luck"),
    ("stuck", LATE),
];

#[test]
fn the_settings_turn_success_into_failure_when_a_handler_fails() {
    for (program, scenario, [returned, _]) in programs() {
        for (handler, what) in MISBEHAVING {
            // The message of the panic is known only where it unwinds, or where our panic hook is
            // still installed.
            let stderr = if panics_abort() && handler == "panicking" {
                continue;
            } else {
                line(program, what)
            };
            for (exit_path, reason) in
                [("return", returned), ("std exit", "exit"), ("exitmacro exit", "exit")]
            {
                let ended = scenario().arg(handler).arg(exit_path).run();
                ended.assert_at_any_line(3, &format!("last: {reason}, Some(0)\n"), &stderr);
            }
        }
    }
}

#[test]
fn the_settings_do_not_change_a_failure() {
    for (program, scenario, [returned, _]) in programs() {
        for (exit_path, reason) in [("return 7", returned), ("std exit 7", "exit")] {
            let ended = scenario().arg("failing").arg(exit_path).run();
            ended.assert_at_any_line(
                7,
                &format!("last: {reason}, Some(7)\n"),
                &line(program, "failed after _s: no luck"),
            );
        }
    }
}

#[test]
fn the_settings_do_not_change_the_status_of_a_panic() {
    if !panics_abort() {
        for (program, scenario, [_, panicked]) in programs() {
            let ended = scenario().arg("failing").arg("panic").run();
            ended.assert_at_any_line(
                101,
                &format!("last: {panicked}, Some(101)\n"),
                &line(program, "failed after _s: no luck"),
            );
        }
    }
}

#[test]
fn the_settings_do_not_change_the_status_of_a_signal() {
    for (program, scenario, _) in programs() {
        scenario().arg("good").arg("signal").run().assert(143, "last: SIGTERM, Some(143)\n", "");
        for (handler, what) in [("failing", "failed after _s: no luck"), ("stuck", LATE)] {
            let ended = scenario().arg(handler).arg("signal").run();
            ended.assert_at_any_line(143, "last: SIGTERM, Some(143)\n", &line(program, what));
        }
    }
}

#[test]
fn the_settings_do_not_change_the_success_of_a_signal() {
    let ended = Scenario::of(
        &SingleFile::new("main_fn/exit_zero.rs", "2024").naming_exitmacro("exitmacro").program(),
    )
    .run();
    ended.assert_at_any_line(
        0,
        "SIGTERM, Some(0)\n",
        "exitmacro: handler `exit_zero::fails` (main_fn/exit_zero.rs:_) failed after _s: no luck\n",
    );
}

#[test]
fn the_settings_change_nothing_when_no_handler_fails() {
    for (_, scenario, [returned, _]) in programs() {
        scenario().arg("good").arg("return").run().assert(
            0,
            &format!("last: {returned}, Some(0)\n"),
            "",
        );
    }
}

#[test]
fn the_settings_give_a_timeout_to_handlers_without_one() {
    for (_, scenario, _) in programs() {
        for (handler, timeout) in [("good", "200ms"), ("asking", "60s")] {
            let ended = scenario().arg(handler).arg("plan").run();
            let timeouts: Vec<_> = ended
                .lines()
                .iter()
                .filter_map(|line| {
                    line.strip_suffix("registered").or(line.strip_suffix("declared"))
                })
                .map(str::trim_end)
                .collect();
            assert!(
                timeouts[0].ends_with(&format!(" {timeout}")) && timeouts[1].ends_with(" 200ms"),
                "{ended:?}"
            );
        }
    }
}

#[test]
fn the_settings_limit_the_run() {
    despite_load(bound_the_run_once);
}

fn bound_the_run_once() {
    // Concurrently, because each takes nine tenths of the budget. That leaves a second for the last
    // handler, on a busy machine too.
    let started = programs().map(|(_, scenario, [returned, _])| {
        (scenario().arg("patient").arg("return").start(), returned)
    });
    for (running, returned) in started {
        let ended = running.end();
        let stderr = &handler_line(
            "patient",
            "settings/body",
            "timed out after _s and was abandoned: its share of the budget was _s, of _s left",
        );
        ended.assert_at_any_line(3, &format!("last: {returned}, Some(0)\n"), stderr);
        assert!(ended.took >= Duration::from_millis(7_200), "{ended:?}");
    }
}

#[test]
fn the_environment_takes_precedence_over_the_settings() {
    for (_, scenario, [returned, _]) in programs() {
        let asking = |budget: &str| {
            scenario().arg("asking").arg("return").env("EXITMACRO_BUDGET", budget).run()
        };
        for (budget, more) in [("40s", true), ("1s", false)] {
            asking(budget).assert(
                0,
                &format!("more time than the program says: {more}\nlast: {returned}, Some(0)\n"),
                "",
            );
        }
    }
}
