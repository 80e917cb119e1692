use exitmacro::guard_value;
use std::thread;

fn main() {
    let mut count = guard_value(1, drop);
    thread::scope(|scope| {
        let locked = count.lock().unwrap();
        scope.spawn(move || println!("{}", *locked));
    });
}
