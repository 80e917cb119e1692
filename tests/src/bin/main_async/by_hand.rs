//! A `main` that builds its runtime itself. It begins like the expansion of `#[tokio::main]`, and
//! continues when its future has ended.

use exitmacro::at_exit;
use tokio::runtime::Builder;

#[at_exit]
fn close_db() {
    println!("close_db");
}

#[exitmacro::main]
fn main() -> Result<(), String> {
    let work = async { println!("serve") };
    let runtime = Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    runtime.block_on(work);
    println!("save the state");
    Err("could not save".to_owned())
}
