use exitmacro::guard_value;

fn main() {
    let mut lines = guard_value(Vec::new(), |lines: Vec<&str>| println!("{lines:?}"));
    lines.push("first");
    println!("{}", lines.len());
    println!("{:?}", *lines);
}
