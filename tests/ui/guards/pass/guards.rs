#![forbid(unsafe_code)]
#![deny(warnings)]

use exitmacro::{Guard, LockedValue, ValueGuard, guard_value, on_success, on_unwind};
use std::cell::Cell;

struct Owner {
    guard: Guard,
    value: ValueGuard<Cell<u8>>,
}

fn look(value: &LockedValue<'_, Cell<u8>>) -> u8 {
    value.get()
}

fn main() {
    let mut owner = Owner { guard: on_success(|| ()), value: guard_value(Cell::new(6), |_| ()) };
    if let Some(value) = owner.value.lock() {
        value.set(look(&value) + 1);
    }
    owner.guard = on_unwind(|| ());
    assert_eq!(owner.value.into_inner().map(Cell::into_inner), Some(7));
}
