//! A child that forgets to adopt a registered handler, in a program that declares none.

mod cases;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [tree, case] if tree == "tree" => cases::execute_tree(case),
        _ => {
            exitmacro::register(|| cases::say("registered")).expect("the run has not begun");
            cases::execute(arguments.first().map(String::as_str));
        }
    }
}
