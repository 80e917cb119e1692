use exitmacro::defer;

fn main() {
    defer!();
    defer! {}
}
