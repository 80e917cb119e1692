//! `Cli::parse` ends the process itself: with 2 when it does not accept the arguments, with 0 after
//! `--help`. What was opened before is closed all the same.
//!
//! Output:
//! ```text
//! 2 copies
//! the log has ended: exit, Some(0)
//! ```

use clap::Parser;
use exitmacro::{ExitContext, at_exit, priority};

/// Prints orders.
#[derive(Parser)]
#[command(name = "command_line")]
struct Cli {
    /// How often each order is printed.
    #[arg(long, default_value_t = 2)]
    copies: u32,
}

#[at_exit(priority = priority::TELEMETRY)]
fn end_log(exit: &ExitContext) {
    println!("the log has ended: {}, {:?}", exit.reason(), exit.code());
}

fn main() {
    let cli = Cli::parse();
    println!("{} copies", cli.copies);
    // As a command that finds nothing to do would.
    if cli.copies == 0 {
        std::process::exit(3);
    }
}
