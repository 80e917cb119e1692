//! Writes a workspace of 30 libraries and a program, to look at the order of handlers whose crates
//! know little of each other. Each library, a part, has a handler with up to two edges. It closes
//! before the part that it uses, and every fifth one closes after its neighbour. Without edges
//! `part_29` would close first.
//!
//! ```text
//! cargo run -p exitmacro-large-workspace --bin large_workspace -- /tmp/parts
//! cd /tmp/parts
//! cargo run                        # the plan, and then what the handlers print
//! cargo run -- explain             # the same, with the reason for each place
//! EXITMACRO_LOG=trace cargo run    # when each handler starts and ends, and how many a crate has
//! cargo test                       # fails: nothing names `part_00`, so it is not linked
//! ```
//!
//! The first line of `use` in `program/src/main.rs` is a comment. As code, it links `part_00` too.

use std::path::Path;
use std::{env, fs, io};

const PARTS: usize = 30;

/// The part that this one uses, and so closes before.
fn used_by(part: usize) -> Option<usize> {
    Some(part + 7).filter(|used| *used < PARTS)
}

/// The part that this one closes after.
fn neighbour_of(part: usize) -> Option<usize> {
    (part > 0 && part.is_multiple_of(5)).then(|| part - 1)
}

fn name(part: usize) -> String {
    format!("part_{part:02}")
}

fn manifest(name: &str, dependencies: impl Iterator<Item = usize>) -> String {
    let lines = dependencies.map(self::name).map(|part| format!("{part}.workspace = true\n"));
    let lines: String = lines.collect();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nexitmacro.workspace = true\n{lines}"
    )
}

fn library(part: usize) -> String {
    let before = used_by(part).map(|used| format!("before({}::close)", name(used)));
    let after = neighbour_of(part).map(|neighbour| format!("after({}::close)", name(neighbour)));
    let edges: Vec<_> = before.into_iter().chain(after).collect();
    let edges = if edges.is_empty() { String::new() } else { format!("({})", edges.join(", ")) };
    format!(
        "#[exitmacro::at_exit{edges}]\npub fn close() {{\n    println!(\"{}\");\n}}\n",
        name(part)
    )
}

fn program() -> String {
    let mut text = format!("//! Names all parts but one.\n\n// use {} as _;\n", name(0));
    for part in 1..PARTS {
        text += &format!("use {} as _;\n", name(part));
    }
    text += "
fn main() {
    let plan = exitmacro::plan();
    match std::env::args().nth(1).as_deref() {
        Some(\"explain\") => print!(\"{}\", plan.explain()),
        _ => println!(\"{plan}\"),
    }
}

#[test]
fn all_parts_are_linked() {
";
    for part in 0..PARTS {
        text += &format!("    exitmacro::assert_plan!(\"{}::close\");\n", name(part));
    }
    text + "}\n"
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // cargo compiles again what was written again.
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
    fs::write(path, text)
}

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1) else {
        return Err(io::Error::other("name the folder that gets the workspace"));
    };
    let folder = Path::new(&folder);
    let exitmacro = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../exitmacro");
    let mut workspace = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"parts/*\", \"program\"]\n\n\
         [workspace.dependencies]\nexitmacro = {{ path = {exitmacro:?} }}\n"
    );
    for part in 0..PARTS {
        let name = name(part);
        workspace += &format!("{name} = {{ path = \"parts/{name}\" }}\n");
        let part_folder = folder.join("parts").join(&name);
        let uses = used_by(part).into_iter().chain(neighbour_of(part));
        write(&part_folder.join("Cargo.toml"), &manifest(&name, uses))?;
        write(&part_folder.join("src/lib.rs"), &library(part))?;
    }
    write(&folder.join("Cargo.toml"), &workspace)?;
    write(&folder.join("program/Cargo.toml"), &manifest("program", 0..PARTS))?;
    write(&folder.join("program/src/main.rs"), &program())
}
