#![deny(unused_must_use)]

use exitmacro::{guard, guard_value, on_success, on_unwind};

fn main() {
    guard(|| ());
    on_success(|| ());
    on_unwind(|| ());
    guard_value(1, drop);
    let mut bound = guard_value(1, drop);
    bound.lock();
    bound.lock().unwrap();
}
