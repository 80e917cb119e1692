#![deny(unused_must_use)]

use exitmacro::{resource, track};
use std::process::Command;

fn main() -> std::io::Result<()> {
    resource::temp_dir()?;
    resource::temp_file()?;
    resource::pid_file("pid")?;
    resource::unix_socket("socket")?;
    resource::child(&mut Command::new("true"))?;
    resource::ChildOptions::new();
    track(std::fs::File::open("text")?);
    let _bound = resource::temp_dir()?;
    Ok(())
}
