//! What each policy makes of a signal, and which signals are handled.

use super::{DEFAULT, signalled, signals, spend, start};
use crate::support::{handler_line, rounds, scenario, target};

#[test]
fn the_default_signals_run_the_handlers_and_give_the_status() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for scenario in
            [signals("wait"), scenario!("signals_by_main"), scenario!("signals_by_config")]
        {
            signalled(scenario, signal).assert(128 + signal, &stdout, "");
        }
    }
}

#[test]
fn a_signal_that_is_not_handled_kills() {
    for scenario in [signals("wait"), scenario!("signals_by_main")] {
        signalled(scenario, libc::SIGQUIT).assert(-libc::SIGQUIT, "ready\n", "");
    }
    signalled(signals("none"), libc::SIGTERM).assert(-libc::SIGTERM, "ready\n", "");
    signalled(signals("quit"), libc::SIGTERM).assert(-libc::SIGTERM, "ready\n", "");
    signalled(signals("wait"), libc::SIGUSR1).assert(-libc::SIGUSR1, "ready\n", "");
    signalled(scenario!("signals_exit_zero"), libc::SIGINT).assert(-libc::SIGINT, "ready\n", "");
}

#[test]
fn other_signals_are_handled_when_they_are_named() {
    let stdout = "ready\nSIGQUIT, Some(131)\n";
    signalled(signals("quit"), libc::SIGQUIT).assert(131, stdout, "");
    signalled(scenario!("signals_by_config"), libc::SIGQUIT).assert(131, stdout, "");
}

#[test]
fn signals_are_installed_once() {
    signalled(signals("twice"), libc::SIGTERM).assert(
        143,
        "Err(AlreadyInstalled)\nready\nSIGTERM, Some(143)\n",
        "",
    );
    // The second call changed nothing.
    signalled(signals("twice"), libc::SIGUSR1).assert(
        -libc::SIGUSR1,
        "Err(AlreadyInstalled)\nready\n",
        "",
    );
}

#[test]
fn reraise_dies_of_the_signal() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for scenario in [signals("wait").arg("reraise"), scenario!("signals_reraise")] {
            signalled(scenario, signal).assert(-signal, &stdout, "");
        }
    }
}

#[test]
fn reraise_flushes_stdout_also_where_there_is_nothing_to_run() {
    signalled(scenario!("signals_reraise_without_handlers"), libc::SIGTERM).assert(
        -libc::SIGTERM,
        "ready\nand more",
        "",
    );
}

#[test]
fn reraise_dies_of_the_signal_when_the_budget_is_used_up() {
    let stuck = signals("stuck").arg("reraise").env("EXITMACRO_BUDGET", "200ms");
    let ended = signalled(stuck, libc::SIGTERM);
    let stdout = "ready\nSIGTERM, Some(143)\nstuck\n";
    assert_eq!((ended.code(), &*ended.stdout), (-libc::SIGTERM, stdout), "{ended:?}");
}

#[test]
fn reraise_ends_by_the_status_after_a_signal_that_would_stop_the_process() {
    let code = 128 + libc::SIGTSTP;
    let stdout = format!("ready\nSIGTSTP, Some({code})\n");
    signalled(signals("a stop is the end").arg("reraise"), libc::SIGTSTP).assert(code, &stdout, "");
}

#[test]
fn reraise_does_not_end_by_a_status_where_main_fails_at_the_same_moment() {
    for _ in 0..rounds(200) {
        let ended = scenario!("signals_reraise_without_handlers").arg("fails").run();
        assert!([-libc::SIGTERM, 1].contains(&ended.code()), "{ended:?}");
    }
}

#[test]
fn reraise_dies_of_the_signal_on_a_thread_that_blocks_it() {
    signalled(scenario!("signals_reraise_blocked"), libc::SIGTERM).assert(
        -libc::SIGTERM,
        "ready\nreturns\nSIGTERM\n",
        "",
    );
}

#[test]
fn exit_zero_ends_with_zero() {
    for (signal, name) in DEFAULT {
        signalled(signals("wait").arg("exit_zero"), signal).assert(
            0,
            &format!("ready\n{name}, Some(0)\n"),
            "",
        );
    }
    signalled(scenario!("signals_exit_zero"), libc::SIGTERM).assert(
        0,
        "ready\nSIGTERM, Some(0)\n",
        "",
    );
}

#[test]
fn a_status_that_a_handler_sets_takes_precedence_over_the_policy() {
    for policy in ["exit_code", "reraise", "exit_zero"] {
        let code = if policy == "exit_zero" { 0 } else { 143 };
        for case in ["set_code", "exit", "std exit"] {
            let scenario =
                if policy == "exit_code" { signals(case) } else { signals(case).arg(policy) };
            signalled(scenario, libc::SIGTERM).assert(
                7,
                &format!("ready\nSIGTERM, Some({code})\n"),
                "",
            );
        }
    }
    signalled(scenario!("signals_reraise").arg("status"), libc::SIGTERM).assert(
        7,
        "ready\nSIGTERM, Some(143)\n",
        "",
    );
}

#[test]
fn a_handler_that_exits_with_success_takes_precedence_over_the_policy() {
    for policy in ["exit_code", "reraise", "exit_zero"] {
        let case = signals("std exit with success");
        let scenario = if policy == "exit_code" { case } else { case.arg(policy) };
        let ended = signalled(scenario, libc::SIGTERM);
        assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{policy}: {ended:?}");
    }
}

#[test]
fn a_handler_that_fails_leaves_the_status_of_the_signal() {
    let failed = |what: &str| handler_line(what, "signals", "failed after _s: no luck");
    for (policy, code) in [("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        let stdout = format!("ready\nSIGTERM, Some({})\n", code.abs() / 15 * 143);
        signalled(signals("fails").arg(policy), libc::SIGTERM).assert_at_any_line(
            code,
            &stdout,
            &failed("fails"),
        );
    }
    signalled(signals("fails"), libc::SIGTERM).assert_at_any_line(
        143,
        "ready\nSIGTERM, Some(143)\n",
        &failed("fails"),
    );
    let panicked = signalled(signals("panics"), libc::SIGTERM);
    assert_eq!((panicked.code(), panicked.stdout.as_str()), (143, "ready\nSIGTERM, Some(143)\n"));
    assert!(
        panicked.stderr.contains("exitmacro: handler `panics` (tests/src/bin/signals.rs:"),
        "{}",
        panicked.stderr
    );
}

#[test]
fn the_status_of_a_failure_does_not_replace_that_of_a_signal() {
    let stderr = &handler_line(
        "signals_exit_zero::say_why",
        "signals_exit_zero",
        "failed after _s: no luck",
    );
    signalled(scenario!("signals_exit_zero").arg("fails"), libc::SIGTERM).assert_at_any_line(
        0,
        "ready\nSIGTERM, Some(0)\n",
        stderr,
    );
}

#[test]
fn a_signal_ends_a_program_that_has_nothing_to_run() {
    signalled(scenario!("signals_without_handlers"), libc::SIGTERM).assert(143, "ready\n", "");
    for number in 0..rounds(200) {
        let running = start(scenario!("signals_without_handlers").arg("returns"));
        spend(number);
        running.signal(libc::SIGTERM);
        let ended = running.end();
        assert!(
            [0, 143].contains(&ended.code())
                && ended.stdout == "ready\n"
                && ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_plain_main_that_returns_in_the_grace_period_ends_by_the_policy() {
    signalled(signals("grace"), libc::SIGTERM).assert(143, "ready\nSIGTERM, Some(143)\n", "");
}

#[test]
fn a_plain_main_that_has_nothing_to_run_ends_by_the_policy() {
    let plain = |policy| scenario!("signals_plain_without_handlers").arg(policy);
    for (policy, code) in [("exit_code", 143), ("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        for case in ["had a handler", "never had one"] {
            let ended = signalled(plain(policy).arg(case), libc::SIGTERM);
            ended.assert(code, "ready\nreturns", "");
        }
        // Where libc does not give the status, it may be a success, to which the policy applies.
        let is_kept = target().hook_knows_status || policy == "exit_zero";
        let failed = if is_kept { 3 } else { code };
        signalled(plain(policy).arg("fails"), libc::SIGTERM).assert(failed, "ready\nreturns", "");
    }
}

#[test]
fn a_child_of_a_process_that_was_asked_to_end_gets_a_request_of_its_own() {
    let child = "asked: false\nthe child: SIGINT, Some(130)\nthe child ended with 130\n";
    signalled(signals("child in grace"), libc::SIGTERM).assert(
        143,
        &format!("ready\n{child}SIGTERM, Some(143)\n"),
        "",
    );
}
