//! Forks, and waits for the children: a part of programs that fork, not a program itself. Where
//! there is no `fork`, the programs compile without their cases that fork.

#[cfg_attr(unix, path = "forked/with_fork.rs")]
#[cfg_attr(not(unix), path = "forked/without_fork.rs")]
mod system;

pub(crate) use system::*;
