//! A signal runs the handlers once, and the process ends with the status that its parent expects.

mod answers;
#[cfg(target_os = "linux")]
mod container;
mod during_exit;
mod forced;
mod inherited;
mod interrupted_code;
mod other_handlers;
mod policy;
#[cfg(target_os = "linux")]
mod process_state;
mod repeated;
mod terminal;

use crate::support::{Ended, Running, Scenario, scenario};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

const DEFAULT: [(i32, &str); 3] =
    [(libc::SIGINT, "SIGINT"), (libc::SIGTERM, "SIGTERM"), (libc::SIGHUP, "SIGHUP")];

#[track_caller]
fn start(scenario: Scenario) -> Running {
    let mut running = scenario.start();
    running.wait_for("ready");
    running
}

/// Starts the program, sends the signal when `main` waits, and returns what is left.
#[track_caller]
fn signalled(scenario: Scenario, signal: i32) -> Ended {
    let running = start(scenario);
    running.signal(signal);
    running.end()
}

fn signals(case: &str) -> Scenario {
    scenario!("signals").arg(case)
}

fn with_stdin(scenario: Scenario) -> Scenario {
    scenario.stdin(Stdio::piped())
}

fn before_it_starts(scenario: Scenario, prepare: fn() -> bool) -> Scenario {
    scenario.with(|command| {
        // SAFETY: the functions passed here only make system calls.
        unsafe {
            command
                .pre_exec(move || if prepare() { Ok(()) } else { Err(io::Error::last_os_error()) })
        };
    })
}

/// The line for a signal that forces the end while the only handler hangs.
fn forced(signal: libc::c_int) -> String {
    let name =
        DEFAULT.iter().find(|(number, _)| *number == signal).expect("the signal is handled").1;
    format!(
        "exitmacro: forced to end by {name} while `stuck` was running (_s of _s); \
         no other handler was left\n"
    )
}

/// Within this time, the same signal belongs to the same request.
const ONE_REQUEST: Duration = Duration::from_millis(300);

fn foreign(order: &[&str]) -> Scenario {
    scenario!("signals_foreign").args(order)
}

/// Lets up to a millisecond pass.
fn spend(number: u32) {
    let end = Instant::now() + Duration::from_micros(u64::from(number % 50) * 20);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}
