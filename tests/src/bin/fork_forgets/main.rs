//! A child that forgets to adopt the declared handlers.

mod cases;

#[exitmacro::at_exit]
fn declared() {
    cases::say("declared");
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [tree, case] if tree == "tree" => cases::execute_tree(case),
        _ => cases::execute(arguments.first().map(String::as_str)),
    }
}
