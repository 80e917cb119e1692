//! How much programs grow, by the size of their files without symbols.

use super::Figures;
use super::figure::{Figure, Missing, less};
use super::hello::TITLE_BY_HAND;
use super::subject::Subjects;
use super::table::{Table, short, shown};
use std::collections::BTreeMap;

/// What the program is but for the handlers, what it has, subject, and the same program without.
const PROGRAMS: [(&str, &str, &str, &str); 10] = [
    (HELLO, "`libc::atexit`, 1 handler", "hello_libc_atexit", "hello_bare"),
    (HELLO, TITLE_BY_HAND, BY_HAND, "hello_bare"),
    (HELLO, "`dtor`, 1 handler", "hello_dtor", "hello_bare"),
    (HELLO, "`inventory` + sort, 1 handler", "hello_inventory", "hello_bare"),
    (HELLO, "`linkme` + sort, 1 handler", "hello_linkme", "hello_bare"),
    (HELLO, "`signal-mod`, 1 handler", "hello_signal_mod", "hello_bare"),
    (HELLO, "`exitmacro`, nothing declared", IDLE, "hello_bare"),
    (HELLO, "`exitmacro`, 1 handler", ONE, "hello_bare"),
    (HELLO, "`exitmacro`, signals, one tracked value and one cell", SIGNALS, "hello_bare"),
    ("axum, tokio and tracing", "`exitmacro`, 1 handler", SERVICE, "service_bare"),
];

const HELLO: &str = "hello-world";

const BY_HAND: &str = "hello_by_hand";
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
    let least = Least::measure(subjects);
    for (program, title, name, bare) in PROGRAMS {
        if name == SERVICE && !with_service {
            continue;
        }
        let (file, part) = (file(subjects, name, bare), part(subjects, name, bare));
        let parts = [
            part(&[".text"]),
            part(&TABLES),
            part(&[".rela.dyn", ".rela.plt"]),
            part(&[".rodata", ".data", ".data.rel.ro", ".got"]),
        ];
        table.row(
            [format!("{program}: {title}"), shown(file, short)]
                .into_iter()
                .chain(parts.map(|part| shown(part, short))),
        );
        if let Some((_, what, limit)) = TARGETS.into_iter().find(|(subject, ..)| *subject == name) {
            figures.target(what, limit, "KiB", file, || {
                let [text, unwind, relocations, data] = parts.map(|part| shown(part, short));
                let parts = format!(
                    "{text} KiB of it are code, {unwind} tables for unwinding, {relocations} \
                     relocations, {data} data and constants. The code by crate, in KiB: {}.",
                    by_size(subjects.code_by_crate(name), subjects.code_by_crate(bare)),
                );
                if name == IDLE {
                    return parts;
                }
                format!(
                    "{parts} That of exitmacro by part: {}. {}",
                    by_size(subjects.code_by_part(name), Ok(BTreeMap::new())),
                    least.leaves(limit, name == SERVICE)
                )
            });
        }
    }
    figures.table(&table);
}

/// The sections by which functions are unwound.
const TABLES: [&str; 3] = [".eh_frame", ".eh_frame_hdr", ".gcc_except_table"];

/// The KiB that a program has more than the same one without exitmacro.
fn file(subjects: &Subjects, name: &str, bare: &str) -> Figure {
    less(subjects.stripped_size(name), subjects.stripped_size(bare)).map(|bytes| bytes / 1024.0)
}

/// The same of some sections.
fn part<'a>(
    subjects: &'a Subjects,
    name: &'a str,
    bare: &'a str,
) -> impl Fn(&[&str]) -> Figure + 'a {
    move |sections| {
        let of = |name: &str| {
            subjects
                .sections(name)
                .map(|all| sections.iter().filter_map(|section| all.get(*section)).sum::<f64>())
        };
        less(of(name), of(bare)).map(|bytes| bytes / 1024.0)
    }
}

/// What each program with a handler contains, whatever the code of the crate is like.
struct Least {
    by_hand: Figure,
    tables: Figure,
}

impl Least {
    fn measure(subjects: &Subjects) -> Self {
        Self {
            by_hand: file(subjects, BY_HAND, "hello_bare"),
            tables: part(subjects, IDLE, "hello_bare")(&TABLES),
        }
    }

    fn leaves(&self, limit: f64, starts_threads_anyway: bool) -> String {
        let by_hand = if starts_threads_anyway { Ok(0.0) } else { self.by_hand };
        let tables = format!(
            "{} are tables that the linker keeps of functions that it drops, see \"Where the \
             bytes go\". That leaves {} of the limit.",
            shown(self.tables, short),
            shown(less(less(Ok(limit), by_hand), self.tables), short),
        );
        if starts_threads_anyway {
            return tables;
        }
        let by_hand = shown(by_hand, short);
        format!("A thread of std with a timeout, written by hand, takes {by_hand}, and {tables}")
    }
}

type Sizes = Result<BTreeMap<String, f64>, Missing>;

/// The KiB of each one in the first program that are not in the other one, the largest first.
fn by_size(with: Sizes, bare: Sizes) -> String {
    let (with, bare) = match (with, bare) {
        (Ok(with), Ok(bare)) => (with, bare),
        (Err(missing), _) | (_, Err(missing)) => return missing.to_string(),
    };
    let mut sizes: Vec<_> = with
        .iter()
        .map(|(name, bytes)| (name, bytes - bare.get(name).unwrap_or(&0.0)))
        .filter(|(_, bytes)| *bytes >= 512.0)
        .collect();
    sizes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let texts = sizes.iter().map(|(name, bytes)| format!("`{name}` {}", short(bytes / 1024.0)));
    texts.collect::<Vec<_>>().join(", ")
}
