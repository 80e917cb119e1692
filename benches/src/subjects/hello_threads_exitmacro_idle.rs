//! `exitmacro` linked, nothing declared, in a program that can start threads: it imports what that takes.

use exitmacro as _;

fn main() {
    if std::env::args_os().len() > 2 {
        std::thread::spawn(exitmacro_benches::work);
    }
    exitmacro_benches::hello();
}
