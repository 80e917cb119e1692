//! The order of declared handlers, against a comparison of each pair.

#![no_main]

use exitmacro::fuzzing::{self, Place};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;

/// Texts are parts of these, which differ only near their ends. The crate keeps the text of a
/// declared handler as long as the process runs.
const TEXTS: [&str; 4] = [
    "app::module::a_long_module::a_long_module::inner",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "src/a_folder/a_folder/file.rs/file.rs::app::app_",
    // In names only: neither the path of a file nor that of a module can have a zero byte, and the
    // order takes a trailing one for the end of the text.
    "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a",
];

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Text {
    text: u8,
    start: u8,
    length: u8,
}

impl Text {
    fn path(self) -> &'static str {
        self.part_of(&TEXTS[..3])
    }

    fn name(self) -> &'static str {
        self.part_of(&TEXTS)
    }

    fn part_of(self, texts: &[&'static str]) -> &'static str {
        let text = texts[usize::from(self.text) % texts.len()];
        let start = usize::from(self.start) % (text.len() + 1);
        let length = usize::from(self.length) % (text.len() + 1 - start);
        &text[start..start + length]
    }
}

#[derive(Arbitrary, Debug)]
struct Input {
    priority: Priority,
    module: Text,
    file: Text,
    line: u32,
    column: u32,
    name: Text,
}

#[derive(Arbitrary, Debug)]
enum Priority {
    Near(i8),
    Any(i32),
}

impl Input {
    fn place(&self) -> Place {
        let priority = match self.priority {
            Priority::Near(priority) => i32::from(priority),
            Priority::Any(priority) => priority,
        };
        let (module, file, name) = (self.module.path(), self.file.path(), self.name.name());
        Place { priority, module, file, line: self.line, column: self.column, name }
    }
}

/// The handler that runs first is less: a higher priority, and in one priority the later one, crate
/// by crate, file by file.
fn run_order(a: &Place, b: &Place) -> Ordering {
    let key = |place: &Place| {
        let &Place { priority, module, file, line, column, name } = place;
        let crate_name = module.split(':').next().unwrap_or_default();
        (priority, crate_name, file, line, column, module, name)
    };
    key(b).cmp(&key(a))
}

fuzz_target!(|inputs: Vec<Input>| {
    let places: Vec<Place> = inputs.iter().map(Input::place).collect();
    let order = fuzzing::declared_order(&places);
    let mut all = order.clone();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..places.len()), "each handler is there once");
    // The order of two handlers at the same place is not specified.
    let is_in_order = order.is_sorted_by(|&a, &b| run_order(&places[a], &places[b]).is_le());
    assert!(is_in_order, "{order:?} of {places:#?}");
    if places.len() < 200 {
        assert_eq!(fuzzing::declared_order_without_memory(&places), order);
    }
});
