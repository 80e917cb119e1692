//! Other attributes keep their meaning.

#![deny(missing_docs, dead_code, unused_variables)]

/// Where the program starts.
#[cfg_attr(all(), exitmacro::main(budget = "5s"), allow(unused_variables))]
#[cfg(all())]
#[cfg_attr(all(), tokio::main(flavor = "current_thread"))]
#[inline(never)]
pub async fn main() {
    let unused = 5;
    // It stays on its thread.
    let value = std::rc::Rc::new(5);
    tokio::task::yield_now().await;
    assert_eq!(*value, 5);
}
