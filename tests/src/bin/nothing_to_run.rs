//! Declares nothing. Registers and unregisters if the first argument asks for that, and ends as the
//! second argument names.

#[path = "../no_threads.rs"]
mod no_threads;

fn main() {
    let [_, what, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    if what == "unregistered" {
        let id = exitmacro::register(|| println!("called")).expect("the run has not begun");
        assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
    }
    no_threads::refuse_threads();
    println!("{}", exitmacro::plan());
    match exit_path.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "run by hand" => println!("{}", exitmacro::run()),
        "run by hand, exitmacro exit" => {
            println!("{}", exitmacro::run());
            print!("the last words");
            exitmacro::exit(3);
        }
        other => panic!("unknown exit path: {other}"),
    }
}
