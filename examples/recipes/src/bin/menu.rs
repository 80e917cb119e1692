//! A menu of dialoguer hides the cursor and reads keys in raw mode. A signal would leave the
//! terminal like that. `resource::terminal` restores it.

use dialoguer::{Error, Select};
use exitmacro::resource;
use std::io::{self, ErrorKind};
use std::thread;

fn choose() -> io::Result<()> {
    let colours = ["black", "cyan"];
    match Select::new().with_prompt("Colour").items(colours).default(0).interact() {
        Ok(choice) => println!("printed in {}", colours[choice]),
        // At Ctrl-C, dialoguer raises SIGINT, and then returns this error. The signal decides the
        // status.
        Err(Error::IO(error)) if error.kind() == ErrorKind::Interrupted => loop {
            thread::park();
        },
        Err(Error::IO(error)) => return Err(error),
    }
    Ok(())
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let _terminal = resource::terminal()?;
    // On a thread of its own: signals arrive on the main thread. Where one interrupts the menu,
    // dialoguer raises SIGINT, which would count as a second signal and end the process at once.
    thread::spawn(choose).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
