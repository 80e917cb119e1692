//! Writes 50 files with 20 handlers each, for `declared_exitmacro_50_files`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut modules = String::new();
    for file in 0..50 {
        let mut handlers = String::new();
        for handler in 0..20 {
            write!(
                handlers,
                "#[exitmacro::at_exit]\nfn handler_{handler}() {{\n\
                 \x20   exitmacro_benches::work();\n}}\n\n"
            )
            .expect("it is a string");
        }
        let path = folder.join(format!("file_{file}.rs"));
        fs::write(&path, handlers).expect("the folder can be written");
        write!(modules, "#[path = {path:?}]\nmod file_{file};\n").expect("it is a string");
    }
    fs::write(folder.join("fifty_files.rs"), modules).expect("the folder can be written");
}
