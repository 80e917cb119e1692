//! For systems without `fork`: the cases that fork panic.

#[allow(dead_code, reason = "not every program asks")]
pub(crate) fn generation() -> usize {
    0
}

pub(crate) fn fork() -> Option<i32> {
    panic!("there is no `fork` here")
}

pub(crate) fn wait_for(_child: i32) -> i32 {
    panic!("there is no `fork` here")
}
