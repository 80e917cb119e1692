//! How much programs grow, by the size of their files without symbols.

use super::Figures;
use super::figure::less;
use super::subject::Subjects;
use super::table::{Table, short, shown};

/// Title, subject, and the same program without.
const PROGRAMS: [(&str, &str, &str); 9] = [
    ("hello-world: `libc::atexit`, 1 handler", "hello_libc_atexit", "hello_bare"),
    ("hello-world: `dtor`, 1 handler", "hello_dtor", "hello_bare"),
    ("hello-world: `inventory` + sort, 1 handler", "hello_inventory", "hello_bare"),
    ("hello-world: `linkme` + sort, 1 handler", "hello_linkme", "hello_bare"),
    ("hello-world: `signal-mod`, 1 handler", "hello_signal_mod", "hello_bare"),
    ("hello-world: `exitmacro`, nothing declared", IDLE, "hello_bare"),
    ("hello-world: `exitmacro`, 1 handler", ONE, "hello_bare"),
    ("hello-world: `exitmacro`, signals, one tracked value and one cell", SIGNALS, "hello_bare"),
    ("axum, tokio and tracing: `exitmacro`, 1 handler", SERVICE, "service_bare"),
];

const IDLE: &str = "hello_exitmacro_idle";
const ONE: &str = "hello_exitmacro";
const SIGNALS: &str = "hello_signals_tracked_cell";
const SERVICE: &str = "service_exitmacro";

const TARGETS: [(&str, &str, f64); 4] = [
    (IDLE, "stripped size, nothing declared", 8.0),
    (ONE, "stripped size, 1 handler", 64.0),
    (SERVICE, "stripped size, 1 handler, in a program with axum, tokio and tracing", 48.0),
    (SIGNALS, "stripped size, signals, one tracked value and one cell", 110.0),
];

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures, with_service: bool) {
    figures.section("Size: KiB of the stripped program, release");
    let mut table = Table::new([
        "over the same program without",
        "file",
        "`.text`",
        "unwind tables",
        "relocations",
        "data and constants",
    ]);
    for (title, name, bare) in PROGRAMS {
        if name == SERVICE && !with_service {
            continue;
        }
        let file = less(subjects.stripped_size(name), subjects.stripped_size(bare))
            .map(|bytes| bytes / 1024.0);
        let part = |sections: &[&str]| {
            let of = |name: &str| {
                subjects
                    .sections(name)
                    .map(|all| sections.iter().filter_map(|section| all.get(*section)).sum::<f64>())
            };
            less(of(name), of(bare)).map(|bytes| bytes / 1024.0)
        };
        let parts = [
            part(&[".text"]),
            part(&[".eh_frame", ".eh_frame_hdr", ".gcc_except_table"]),
            part(&[".rela.dyn", ".rela.plt"]),
            part(&[".rodata", ".data", ".data.rel.ro", ".got"]),
        ];
        table.row(
            [title.to_owned(), shown(file, short)]
                .into_iter()
                .chain(parts.map(|part| shown(part, short))),
        );
        if let Some((_, what, limit)) = TARGETS.into_iter().find(|(subject, ..)| *subject == name) {
            figures.target(what, limit, "KiB", file, || {
                let [text, unwind, relocations, data] = parts.map(|part| shown(part, short));
                format!(
                    "{text} KiB of it are code, {unwind} tables for unwinding, {relocations} \
                     relocations, {data} data and constants. {}",
                    code_by_crate(subjects, name, bare)
                )
            });
        }
    }
    figures.table(&table);
}

/// The size of each crate's code in the program, without that in the same program without
/// exitmacro.
fn code_by_crate(subjects: &Subjects, name: &str, bare: &str) -> String {
    let of = |name: &str| subjects.code_by_crate(name);
    match of(name).and_then(|with| Ok((with, of(bare)?))) {
        Ok((with, bare)) => {
            let mut crates: Vec<_> = with
                .iter()
                .map(|(name, bytes)| (name, bytes - bare.get(name).unwrap_or(&0.0)))
                .filter(|(_, bytes)| *bytes >= 512.0)
                .collect();
            crates.sort_by(|a, b| b.1.total_cmp(&a.1));
            let parts: Vec<_> = crates
                .iter()
                .map(|(name, bytes)| format!("{name} {}", short(bytes / 1024.0)))
                .collect();
            format!("The code by crate, in KiB: {}.", parts.join(", "))
        }
        Err(missing) => missing.to_string(),
    }
}
