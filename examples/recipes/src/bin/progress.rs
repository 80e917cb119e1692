//! A spinner and a progress bar of indicatif, with a hidden cursor. At exit they are cleared first,
//! and the cursor is shown: the thread that draws the spinner would draw over the lines of the
//! other handlers, and over the prompt of the shell.
//!
//! After Ctrl-C pictures of them stay above: the terminal shows `^C`, exitmacro prints a
//! line, and indicatif, which does not know of these, clears other lines.
//!
//! Run it in a terminal. The argument names how it ends: `return`, `exit`, `panic` or `signal`.

use console::Term;
use exitmacro::{AtExitCleanup, CleanupError, at_exit, priority, resource};
use indicatif::{MultiProgress, ProgressBar};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, io, panic, thread};

struct Bars {
    printer: ProgressBar,
    orders: ProgressBar,
}

#[at_exit(priority = priority::TERMINAL)]
static BARS: LazyLock<Bars> = LazyLock::new(|| {
    let bars = MultiProgress::new();
    let printer = bars.add(ProgressBar::new_spinner().with_message("the printer runs"));
    let orders = bars.add(ProgressBar::new(100));
    printer.enable_steady_tick(Duration::from_millis(50));
    Bars { printer, orders }
});

impl AtExitCleanup for Bars {
    // A finished bar is not drawn again, whatever other threads do with it.
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.printer.finish_and_clear();
        self.orders.finish_and_clear();
        Ok(())
    }
}

/// A panic is printed before the handlers run, so that the bars would be cleared too late, and some
/// of its lines with them.
fn clear_before_panic_messages() {
    let say = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // By a thread of its own: indicatif draws nothing, and clears nothing, on one that panics.
        _ = thread::spawn(|| BARS.cleanup()).join();
        say(panic);
    }));
}

#[at_exit]
fn stop_the_printer() {
    println!("the printer stops");
    // It takes a moment, in which the spinner would be drawn several times.
    thread::sleep(Duration::from_millis(200));
    println!("the printer has stopped");
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    clear_before_panic_messages();
    // Shows the cursor, at exit and before the message of a panic.
    let _terminal = resource::terminal()?;
    Term::stderr().hide_cursor()?;
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(50));
        BARS.orders.inc(1);
    }
    if env::args().nth(1).is_some_and(|argument| argument == "signal") {
        loop {
            thread::park();
        }
    }
    exitmacro_endings::end();
    Ok(())
}
