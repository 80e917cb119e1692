use exitmacro::{AtExitCell, CellGuard};

static CELL: AtExitCell<String> = AtExitCell::new(String::new);

/// Out of a function.
fn escaped() -> &'static str {
    &CELL.get().unwrap()
}

/// Through a guard that the caller gives away.
fn leaked(guard: CellGuard<String>) -> &'static String {
    &guard
}

fn main() {
    // Into a variable that lives for ever.
    let _forever: &'static String = &*CELL.get().unwrap();
    // Out of the closure.
    let _out = CELL.with(|value| value);
    let mut kept: Option<&String> = None;
    _ = CELL.with(|value| kept = Some(value));
}
