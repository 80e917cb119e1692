//! Shows the plan and the report, or how the environment and the rights of the program change a
//! run. The argument names what.

use exitmacro::{ExitContext, Handler, Source, at_exit, plan};
use std::time::Duration;

#[at_exit(priority = 100, timeout = "1m30s")]
fn close_files() {}

#[at_exit(name = "say goodbye", thread = caller)]
fn farewell() {}

#[at_exit(priority = -100, timeout = "250ms")]
fn flush(exit: &ExitContext) -> Result<(), String> {
    Err(format!("the reason is {},\nthe status {:?}", exit.reason(), exit.code()))
}

fn main() {
    let register = || {
        Handler::new("größer").priority(i32::MAX).register(|| ()).expect("the run has not begun");
        exitmacro::register(said).expect("the run has not begun");
    };
    match std::env::args().nth(1).as_deref() {
        Some("plan") => {
            register();
            println!("{}\nat worst {:?}", plan(), plan().worst_case());
            let plan_now = plan();
            let first = &plan_now.handlers()[0];
            println!(
                "{} {} {:?} {:?} {}",
                first.name(),
                first.priority(),
                first.timeout(),
                first.source(),
                first.source() == Source::Registered
            );
            Handler::new("asks")
                .priority(50)
                .timeout(Duration::from_secs(1))
                .register(|| println!("left:\n{}", plan()))
                .expect("the run has not begun");
            exitmacro::run();
            println!("then: {}, at worst {:?}", plan(), plan().worst_case());
        }
        Some("report") => {
            register();
            let report = exitmacro::run();
            // To stderr, where the test replaces durations.
            eprintln!("{report}\n{}, success: {}", report.reason(), report.is_success());
            let first = &report.handlers()[0];
            eprintln!(
                "{} {:?} {:?} {}",
                first.name(),
                first.outcome(),
                first.thread(),
                first.start() + first.duration() < Duration::from_secs(1)
            );
        }
        Some("run") => {
            register();
            println!("privileged: {}", is_privileged());
        }
        other => panic!("unknown case: {other:?}"),
    }
}

/// Whether the system runs this program with the rights of another user than the one who started
/// it.
fn is_privileged() -> bool {
    // SAFETY: neither call has preconditions.
    #[cfg(target_os = "linux")]
    return unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    // SAFETY: as above.
    #[cfg(not(target_os = "linux"))]
    return unsafe { libc::issetugid() } != 0;
}

fn said() {
    println!("said");
}
