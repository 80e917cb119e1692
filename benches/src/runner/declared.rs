//! What a declared handler costs, in instructions: the whole process against one that calls the same functions directly.

use super::Figures;
use super::hello::less;
use super::subject::Subjects;
use super::table::{NONE, Table, or_none, short};

const PEERS: [(&str, &str); 4] =
    [("`libc::atexit` (registered)", "libc_atexit"), ("`dtor` (no order)", "dtor"), ("`inventory` + sort", "inventory"), ("`exitmacro`", "exitmacro")];

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures, with_ten_thousand: bool) {
    figures.section("Declared handlers: instructions a handler");
    let mut table = Table::new(["over a bare program", "1", "1,000", "of these at start-up", "10,000", "of these at start-up"]);
    let over = |prefix: &str, peer: &str, arguments: &[&str], count: f64| {
        let with = subjects.comparable_instructions(&format!("{prefix}_{peer}"), arguments);
        less(with, subjects.comparable_instructions(&format!("{prefix}_bare"), arguments)).map(|instructions| instructions / count)
    };
    // Leaving before the exit, the bare program has not called its functions.
    let at_start = |prefix: &str, peer: &str, count: f64| over(prefix, peer, &["leave"], count);
    for (title, peer) in PEERS {
        let one = over("hello", peer, &[], 1.0);
        let thousand = over("declared", peer, &[], 1_000.0);
        let mut cells = vec![title.to_owned(), or_none(one, short), or_none(thousand, short), or_none(at_start("declared", peer, 1_000.0), short)];
        if with_ten_thousand {
            cells.push(or_none(over("declared_10000", peer, &[], 10_000.0), short));
            cells.push(or_none(at_start("declared_10000", peer, 10_000.0), short));
        } else {
            cells.extend([NONE.to_owned(), NONE.to_owned()]);
        }
        table.row(cells);
        if peer == "exitmacro" {
            figures.target("1,000 declared handlers, over a bare program: instructions each", 150.0, thousand, "");
        }
    }
    let one_priority = over("declared", "exitmacro_one_priority", &[], 1_000.0);
    let one_priority_start = at_start("declared", "exitmacro_one_priority", 1_000.0);
    let none = || NONE.to_owned();
    table.row(["`exitmacro`, all of one priority".to_owned(), none(), or_none(one_priority, short), or_none(one_priority_start, short), none(), none()]);
    figures.table(&table);
}
