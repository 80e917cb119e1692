//! What a declared handler costs, in instructions: the whole process against one that calls the
//! same functions directly.

use super::Figures;
use super::bounds::by_function;
use super::figure::{Figure, Missing, less};
use super::hello::LEAVE;
use super::subject::Subjects;
use super::table::{Table, short, shown};

const PEERS: [(&str, &str); 7] = [
    ("`libc::atexit` (registered)", "libc_atexit"),
    ("`dtor` (no order)", "dtor"),
    ("`inventory` + sort", "inventory"),
    ("`linkme` + sort", SORT_ONLY),
    ("`exitmacro`", "exitmacro"),
    ("`exitmacro`, all of one priority, one file", ONE_PRIORITY),
    ("`exitmacro`, all of one priority, 50 files", FIFTY_FILES),
];

const SORT_ONLY: &str = "linkme";
const ONE_PRIORITY: &str = "exitmacro_one_priority";
const FIFTY_FILES: &str = "exitmacro_50_files";

/// The instructions of a handler from the loader to the end, and those of them before `main`
/// returns.
#[derive(Clone, Copy)]
struct Each {
    all: Figure,
    start: Figure,
}

impl Each {
    const NONE: Self = Self { all: Err(Missing::Cannot), start: Err(Missing::Cannot) };
    const LEFT_OUT: Self = Self { all: Err(Missing::LeftOut), start: Err(Missing::LeftOut) };

    fn measure(subjects: &Subjects, prefix: &str, peer: &str, count: f64) -> Self {
        let over = |arguments: &[&str]| {
            let with = subjects.comparable_instructions(&format!("{prefix}_{peer}"), arguments);
            less(with, subjects.comparable_instructions(&format!("{prefix}_bare"), arguments))
                .map(|instructions| instructions / count)
        };
        // Leaving before the exit, the bare program has not called its functions.
        Self { all: over(&[]), start: over(&["leave"]) }
    }

    /// Where they go, in the program with that name.
    fn parts(self, subjects: &Subjects, name: &str, count: f64) -> String {
        format!(
            "{} of a handler are at start-up, where the loader relocates its element at about 13 \
             instructions an address; {} are those of the exit, by function: {}.",
            shown(self.start, short),
            shown(less(self.all, self.start), short),
            by_function(subjects, name, [LEAVE, &[]], count, 8.0),
        )
    }

    /// Says what only sorting takes.
    fn beside(self, parts: String) -> String {
        format!(
            "{parts} `linkme` with a sort of std, which does nothing else, takes {}.",
            shown(self.all, short)
        )
    }
}

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures, with_ten_thousand: bool) {
    figures.section("Declared handlers: instructions a handler");
    figures.paragraph(
        "Over a program that calls the same functions directly. Priorities are \
         random where nothing else is said. The peers have no order but the priority, so they \
         have no rows for one priority.",
    );
    let mut sort_only = [Each::NONE; 2];
    let mut table =
        Table::new(["", "1", "1,000", "of these at start-up", "10,000", "of these at start-up"]);
    for (title, peer) in PEERS {
        let one = if peer.starts_with("exitmacro_") {
            Each::NONE
        } else {
            Each::measure(subjects, "hello", peer, 1.0)
        };
        let thousand = Each::measure(subjects, "declared", peer, 1e3);
        let ten_thousand = match peer {
            FIFTY_FILES => Each::NONE,
            _ if with_ten_thousand => Each::measure(subjects, "declared_10000", peer, 1e4),
            _ => Each::LEFT_OUT,
        };
        let cells = [one.all, thousand.all, thousand.start, ten_thousand.all, ten_thousand.start];
        table
            .row(std::iter::once(title.to_owned()).chain(cells.map(|figure| shown(figure, short))));
        let in_a_thousand = || thousand.parts(subjects, &format!("declared_{peer}"), 1e3);
        let in_ten_thousand =
            || ten_thousand.parts(subjects, &format!("declared_10000_{peer}"), 1e4);
        match peer {
            SORT_ONLY => sort_only = [thousand, ten_thousand],
            "exitmacro" => {
                figures.target(
                    "1,000 declared, random priorities: instructions each",
                    170.0,
                    "",
                    thousand.all,
                    || sort_only[0].beside(in_a_thousand()),
                );
                figures.target(
                    "10,000 declared, random priorities: instructions each",
                    170.0,
                    "",
                    ten_thousand.all,
                    || sort_only[1].beside(in_ten_thousand()),
                );
            }
            ONE_PRIORITY => {
                figures.target(
                    "1,000 declared, one priority, one file: instructions each",
                    500.0,
                    "",
                    thousand.all,
                    in_a_thousand,
                );
                figures.target(
                    "10,000 declared, one priority, one file: instructions each",
                    500.0,
                    "",
                    ten_thousand.all,
                    in_ten_thousand,
                );
            }
            FIFTY_FILES => {
                figures.target(
                    "1,000 declared, one priority, 50 files: instructions each",
                    500.0,
                    "",
                    thousand.all,
                    in_a_thousand,
                );
            }
            _ => {}
        }
    }
    figures.table(&table);
}
