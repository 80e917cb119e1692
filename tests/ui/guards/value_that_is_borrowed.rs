use exitmacro::guard_value;

fn main() {
    let text = String::from("text");
    let _guard = guard_value(&text, |text| println!("{text}"));
}
