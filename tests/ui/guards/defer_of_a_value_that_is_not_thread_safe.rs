use exitmacro::defer;
use std::rc::Rc;

fn main() {
    let shared = Rc::new(1);
    defer! {
        println!("{shared}");
    }
}
