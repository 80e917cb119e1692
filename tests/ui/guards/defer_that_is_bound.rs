use exitmacro::defer;

fn main() {
    let _guard = defer! {
        println!("the end");
    };
}
