//! A second signal ends the process at once, whatever a handler or a reader of stderr does.

use super::{DEFAULT, ONE_REQUEST, forced, signals, start};
use crate::support::{
    Ended, Running, full_pipe, full_socket, full_terminal, normalized, open_terminal, scenario,
    seen, stopped_terminal,
};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

/// How long the process runs after this signal, at the best of some attempts, because the machine
/// may be busy. The next limit would be the timeout of a handler, which is in seconds.
fn shortest_end(prepare: impl Fn() -> Running, signal: i32, expected: impl Fn(&Ended)) -> Duration {
    let attempt = || {
        let running = prepare();
        let sent = Instant::now();
        running.signal(signal);
        let ended = running.end();
        let took = sent.elapsed();
        expected(&ended);
        took
    };
    let mut shortest = attempt();
    for _ in 1..ATTEMPTS {
        if shortest < AT_ONCE {
            break;
        }
        shortest = shortest.min(attempt());
    }
    shortest
}

const AT_ONCE: Duration = Duration::from_millis(50);

const ATTEMPTS: u32 = 50;

#[test]
fn a_second_signal_ends_the_process_at_once_while_a_handler_hangs() {
    let stuck = || {
        let mut running = start(signals("stuck"));
        running.signal(libc::SIGTERM);
        running.wait_for("stuck");
        running
    };
    for (second, _) in DEFAULT {
        let stuck = || {
            let running = stuck();
            if second == libc::SIGTERM {
                thread::sleep(ONE_REQUEST);
            }
            running
        };
        let took = shortest_end(stuck, second, |ended| {
            ended.assert(128 + second, &ended.stdout, &forced(second))
        });
        assert!(took < AT_ONCE, "signal {second}: {took:?}");
    }
}

#[test]
fn a_forced_end_does_not_wait_for_a_stderr_that_is_not_read() {
    for open in [full_pipe, full_socket, full_terminal, stopped_terminal] {
        let stuck = || {
            let (reader, stderr) = open();
            // The reader must stay open as long as the tests run.
            std::mem::forget(reader);
            let mut running = start(signals("stuck").stderr(stderr));
            running.signal(libc::SIGTERM);
            running.wait_for("stuck");
            running
        };
        let took =
            shortest_end(stuck, libc::SIGINT, |ended| assert_eq!(ended.code(), 130, "{ended:?}"));
        assert!(took < AT_ONCE, "{took:?}");
    }
}

#[test]
fn a_forced_end_is_reported_on_a_terminal() {
    let (master, stderr) = open_terminal();
    let mut running = start(signals("stuck").stderr(stderr));
    running.signal(libc::SIGTERM);
    running.wait_for("stuck");
    running.signal(libc::SIGINT);
    assert_eq!(running.end().code(), 130);
    let mut terminal = BufReader::new(File::from(master));
    let mut lines = String::new();
    for _ in 0..2 {
        terminal.read_line(&mut lines).expect("the terminal has two lines");
    }
    let asked = "exitmacro: shutting down on SIGTERM; send it again to exit now\n";
    assert_eq!(normalized(&lines.replace('\r', "")), format!("{asked}{}", forced(libc::SIGINT)));
}

#[test]
fn a_second_signal_ends_the_process_at_once_under_every_policy() {
    for policy in ["reraise", "exit_zero"] {
        let mut running = start(signals("stuck").arg(policy));
        running.signal(libc::SIGTERM);
        running.wait_for("stuck");
        running.signal(libc::SIGINT);
        let ended = running.end();
        ended.assert(130, &ended.stdout, &forced(libc::SIGINT));
    }
}

#[test]
fn a_second_signal_ends_the_grace_period_at_once() {
    let in_grace = || {
        let mut running =
            start(scenario!("shutdown_grace").arg("stuck").env("EXITMACRO_BUDGET", "50s"));
        running.signal(libc::SIGTERM);
        running.wait_for("asked");
        running
    };
    let forced = "exitmacro: forced to end by SIGINT before the exit handlers began; \
                  1 handler did not run\n";
    let took =
        shortest_end(in_grace, libc::SIGINT, |ended| ended.assert(130, "ready\nasked\n", forced));
    assert!(took < AT_ONCE, "{took:?}");
}

#[test]
fn a_second_signal_during_an_exit_ends_the_process_at_once() {
    let mut running = signals("stuck at the end").start();
    running.wait_for("stuck");
    running.signal(libc::SIGTERM);
    running.signal(libc::SIGHUP);
    let ended = running.end();
    // The signals may be delivered in the other order.
    assert!([129, 143].contains(&ended.code()), "{ended:?}");
    assert_eq!(ended.stdout, seen("exit, Some(0)\nstuck\n"));
}
