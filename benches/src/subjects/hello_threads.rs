//! Nothing at exit, in a program that can start threads: it imports what that takes.

fn main() {
    if std::env::args_os().len() > 2 {
        std::thread::spawn(exitmacro_benches::work);
    }
    exitmacro_benches::hello();
}
