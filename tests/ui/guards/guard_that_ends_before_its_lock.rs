use exitmacro::guard_value;

fn main() {
    let mut count = guard_value(1, drop);
    let mut locked = count.lock().unwrap();
    drop(count);
    *locked += 1;
}
