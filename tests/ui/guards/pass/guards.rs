#![forbid(unsafe_code)]
#![deny(warnings)]

use exitmacro::{Guard, LockedValue, ValueGuard, defer, guard_value, on_success, on_unwind};
use std::cell::Cell;

struct Owner {
    guard: Guard,
    value: ValueGuard<Cell<u8>>,
}

fn end(_: u8) {}

fn look(value: &LockedValue<'_, Cell<u8>>) -> u8 {
    value.get()
}

fn last_statement_of_a_function(text: String) {
    defer! { drop(text) }
}

fn in_a_generic_function<T: Send + 'static>(value: T) {
    defer!(drop(value));
}

fn main() {
    defer! {
        let text = String::from("text");
        if text.is_empty() {
            return;
        }
        drop(text);
    }
    defer!(end(1));
    defer![
        end(2);
        end(3)
    ];
    exitmacro::defer! { exitmacro::defer! { end(4) } }
    last_statement_of_a_function(String::new());
    in_a_generic_function(5);
    let mut owner = Owner { guard: on_success(|| ()), value: guard_value(Cell::new(6), |_| ()) };
    if let Some(value) = owner.value.lock() {
        value.set(look(&value) + 1);
    }
    owner.guard = on_unwind(|| ());
    assert_eq!(owner.value.into_inner().map(Cell::into_inner), Some(7));
}
