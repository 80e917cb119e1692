use exitmacro::defer;

fn log(text: &str) {
    defer! {
        println!("{text}");
    }
}

fn main() {
    let text = String::from("text");
    defer! {
        println!("{text}");
    }
    println!("{text}");
    log("text");
}
