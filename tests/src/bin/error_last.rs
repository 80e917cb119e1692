//! A `main` that returns an error, or a value of its own type, next to a handler that restores the
//! terminal. The first argument says what else there is.

use exitmacro::{ExitContext, at_exit, priority};
use std::process::{ExitCode, Termination};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// Long: no test waits for its end.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// A value whose status only its report tells.
struct Own;

impl Termination for Own {
    fn report(self) -> ExitCode {
        eprintln!("reported");
        ExitCode::from(12)
    }
}

/// How the terminal was before.
static BEFORE: Mutex<Option<libc::termios>> = Mutex::new(None);

/// Makes the terminal behind stderr raw: it no longer puts a carriage return before a new line.
fn make_raw() {
    // SAFETY: all zeroes is a valid `termios`, which the first call fills in.
    unsafe {
        let mut settings: libc::termios = core::mem::zeroed();
        assert_eq!(libc::tcgetattr(2, &raw mut settings), 0);
        *BEFORE.lock().unwrap() = Some(settings);
        libc::cfmakeraw(&raw mut settings);
        assert_eq!(libc::tcsetattr(2, libc::TCSANOW, &raw const settings), 0);
    }
}

#[at_exit(priority = priority::TERMINAL)]
fn restore_terminal(exit: &ExitContext) {
    if let Some(before) = BEFORE.lock().unwrap().take() {
        // SAFETY: the settings are those of the terminal before.
        assert_eq!(unsafe { libc::tcsetattr(2, libc::TCSANOW, &raw const before) }, 0);
    }
    eprintln!("the terminal is restored: {}, {:?}", exit.reason(), exit.code());
}

#[at_exit(priority = priority::TELEMETRY)]
fn last() {
    eprintln!("the last handler");
}

#[exitmacro::main(signals)]
fn main() -> Result<Own, String> {
    match std::env::args().nth(1).as_deref() {
        Some("own type") => return Ok(Own),
        Some("raw") => make_raw(),
        Some("raw, another status") => {
            make_raw();
            exitmacro::register(|exit: &ExitContext| exit.set_code(9)).unwrap();
        }
        Some("a handler hangs on the thread of main") => {
            exitmacro::Handler::new("stuck")
                .on_caller()
                .timeout(Duration::from_millis(300))
                .register(|| thread::sleep(FOR_EVER))
                .unwrap();
        }
        Some("a handler hangs") => {
            exitmacro::Handler::new("stuck")
                .timeout(Duration::from_millis(300))
                .register(|| thread::sleep(FOR_EVER))
                .unwrap();
        }
        Some("a handler waits") => {
            exitmacro::Handler::new("waits")
                .register(|| {
                    println!("waiting");
                    thread::sleep(FOR_EVER);
                })
                .unwrap();
        }
        Some("another thread exits") => {
            exitmacro::Handler::new("exits")
                .register(|| {
                    thread::spawn(|| std::process::exit(7));
                })
                .unwrap();
        }
        _ => {}
    }
    Err("no luck".to_owned())
}
