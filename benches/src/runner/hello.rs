//! What a program pays for linking the crate: a hello-world of each peer against one without.

use super::Figures;
use super::subject::Subjects;
use super::table::{Table, or_none, whole};

const PEERS: [(&str, &str); 6] = [
    ("`libc::atexit`, 1 handler", "hello_libc_atexit"),
    ("`dtor`, 1 handler", "hello_dtor"),
    ("`inventory` + sort, 1 handler", "hello_inventory"),
    ("`signal-mod`, 1 handler", "hello_signal_mod"),
    ("`exitmacro`, nothing declared", "hello_exitmacro_idle"),
    ("`exitmacro`, 1 handler", "hello_exitmacro"),
];

/// The argument with which a hello-world ends right after its greeting, so that nothing runs at exit.
const LEAVE: &[&str] = &["leave"];

struct Hello {
    start: Option<f64>,
    exit: Option<f64>,
    start_allocations: Option<f64>,
    exit_allocations: Option<f64>,
    start_calls: Option<f64>,
    exit_calls: Option<f64>,
    threads: Option<f64>,
    size: Option<f64>,
}

impl Hello {
    fn measure(subjects: &Subjects, name: &str) -> Self {
        let start = subjects.comparable_instructions(name, LEAVE);
        let start_allocations = subjects.allocations(name, LEAVE);
        let start_calls = subjects.system_calls(name, LEAVE).map(|calls| calls.calls);
        let calls = subjects.system_calls(name, &[]);
        Self {
            start,
            exit: less(subjects.comparable_instructions(name, &[]), start),
            start_allocations,
            exit_allocations: less(subjects.allocations(name, &[]), start_allocations),
            start_calls,
            exit_calls: less(calls.as_ref().map(|calls| calls.calls), start_calls),
            threads: calls.map(|calls| calls.threads),
            size: subjects.stripped_size(name),
        }
    }

    fn over(&self, bare: &Self) -> Self {
        Self {
            start: less(self.start, bare.start),
            exit: less(self.exit, bare.exit),
            start_allocations: less(self.start_allocations, bare.start_allocations),
            exit_allocations: less(self.exit_allocations, bare.exit_allocations),
            start_calls: less(self.start_calls, bare.start_calls),
            exit_calls: less(self.exit_calls, bare.exit_calls),
            threads: less(self.threads, bare.threads),
            size: less(self.size, bare.size),
        }
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let figures = [self.start, self.start_allocations, self.start_calls, self.exit, self.exit_allocations, self.exit_calls, self.threads, self.size];
        std::iter::once(name.to_owned()).chain(figures.map(|figure| or_none(figure, whole))).collect()
    }
}

/// The first without the second, where both are known.
pub(super) fn less(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? - b?)
}

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Hello-world");
    let bare = Hello::measure(subjects, "hello_bare");
    let mut table = Table::new([
        "over a hello-world without",
        "start-up: instructions",
        "allocations",
        "system calls",
        "exit: instructions",
        "allocations",
        "system calls",
        "threads",
        "stripped bytes",
    ]);
    table.row(bare.cells("(without: the whole of it)"));
    for (peer, name) in PEERS {
        let over = Hello::measure(subjects, name).over(&bare);
        table.row(over.cells(peer));
        if name == "hello_exitmacro_idle" {
            figures.target("start-up: instructions", 3_000.0, over.start, "");
            figures.target("start-up: heap allocations", 0.0, over.start_allocations, "");
            figures.target("start-up and exit with nothing registered: threads", 0.0, over.threads, "");
            figures.target("exit with nothing registered: system calls", 0.0, over.exit_calls, "");
            figures.target("stripped hello-world, nothing declared: growth", 40.0, over.size.map(|size| size / 1024.0), "KiB");
        }
        if name == "hello_exitmacro" {
            figures.target("stripped hello-world, 1 handler: growth", 40.0, over.size.map(|size| size / 1024.0), "KiB");
        }
    }
    figures.table(&table);
    explain_start(subjects, figures, bare.start);
}

/// Tells the crate's own instructions at start-up from those of the dynamic loader on its behalf.
fn explain_start(subjects: &Subjects, figures: &mut Figures, bare: Option<f64>) {
    let own = subjects.instructions_inside("hello_exitmacro_idle", LEAVE, "exitmacro::process::hook::at_load*");
    let added = less(subjects.comparable_instructions("hello_exitmacro_idle", LEAVE), bare);
    let next_to_threads =
        less(subjects.comparable_instructions("hello_threads_exitmacro_idle", LEAVE), subjects.comparable_instructions("hello_threads", LEAVE));
    let work = subjects.loader_work("hello_exitmacro_idle").zip(subjects.loader_work("hello_bare"));
    let (Some(own), Some(added), Some(next_to_threads), Some(((names, addresses), (bare_names, bare_addresses)))) = (own, added, next_to_threads, work) else {
        return;
    };
    figures.paragraph(&format!(
        "Of the {} instructions that `exitmacro` adds at start-up, {} are its own; the others are the dynamic loader's, which looks up {} more names and writes {} more \
         addresses (Rust programs have all of that done at start-up). In a program that can start threads anyway, `exitmacro` adds {}.",
        whole(added),
        whole(own),
        whole(names - bare_names),
        whole(addresses - bare_addresses),
        whole(next_to_threads),
    ));
}
