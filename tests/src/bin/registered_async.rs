//! Async closures and functions that are registered at run time.

use exitmacro::{ExitContext, Handler, register};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::sleep;

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        println!("its future is dropped");
    }
}

async fn function() {
    sleep(Duration::from_millis(1)).await;
    println!("function");
}

async fn with_context(exit: &ExitContext) -> Result<(), std::num::ParseIntError> {
    sleep(Duration::from_millis(1)).await;
    println!("function with context: {}", exit.reason());
    "no number".parse::<u8>().map(drop)
}

fn register_all() -> Result<(), exitmacro::RegisterError> {
    let captured = "captured".to_owned();
    register(async move || println!("{captured}"))?;
    let captured = "captured by a closure that returns a future".to_owned();
    register(|| async move { println!("{captured}") })?;
    register(function)?;
    register(with_context)?;
    register(async || -> Result<(), String> {
        // Not `Send`.
        let text = Rc::new("no luck".to_owned());
        sleep(Duration::from_millis(1)).await;
        Err(text.to_string())
    })?;
    Handler::new("named").priority(1).register(async |exit: &ExitContext| {
        sleep(Duration::from_millis(1)).await;
        exit.set_code(7);
        println!("named: {}", exit.reason());
    })?;
    let hangs = async || {
        let _dropped = Dropped;
        std::future::pending::<()>().await;
    };
    Handler::new("hangs").priority(2).timeout(Duration::from_millis(50)).register(hangs)?;
    Ok(())
}

fn main() {
    register_all().expect("the run has not begun");
}
