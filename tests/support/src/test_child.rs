//! A program that ends with the test that started it.

use core::ops::{Deref, DerefMut};
use std::process::Child;
use std::thread;

/// A program that a test has started. A test that fails meanwhile kills it.
#[derive(Debug)]
pub struct TestChild(pub Child);

impl Deref for TestChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for TestChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for TestChild {
    fn drop(&mut self) {
        // std does nothing to a program that was waited for.
        if thread::panicking() {
            _ = self.0.kill();
            _ = self.0.wait();
        }
    }
}
