//! Registers handlers that own what they clean up, and unregisters one that is not needed any more.
//!
//! Output:
//! ```text
//! upload of a.txt finished: Removed
//! finished already: Finished
//! upload of b.txt cancelled, 1 s to go
//! ```

use exitmacro::{ExitContext, Handler, HandlerId, RegisterError, priority, unregister};
use std::time::Duration;

fn begin_upload(file: String) -> Result<HandlerId, RegisterError> {
    Handler::new(format!("cancel the upload of {file}"))
        .priority(priority::WORK)
        .timeout(Duration::from_secs(2))
        .register(move |exit: &ExitContext| {
            println!("upload of {file} cancelled, {} s to go", exit.remaining().as_secs());
        })
}

fn main() -> Result<(), RegisterError> {
    let a = begin_upload("a.txt".to_owned())?;
    let _b = begin_upload("b.txt".to_owned())?;

    println!("upload of a.txt finished: {:?}", unregister(a));
    println!("finished already: {:?}", unregister(a));
    Ok(())
}
