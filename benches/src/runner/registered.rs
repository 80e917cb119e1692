//! What a registered handler costs at exit, to register and to take back, and in memory.

use super::Figures;
use super::hello::less;
use super::subject::Subjects;
use super::table::{NONE, Table, or_none, ratio, short, whole};

/// Title, subject, kind.
const PEERS: [(&str, &str, &str); 6] = [
    ("`libc::atexit`", "registered_libc_atexit", ""),
    ("`signal-mod`", "registered_signal_mod", "plain"),
    ("`signal-mod`, with a timeout", "registered_signal_mod", "timeout"),
    ("`exitmacro`, `register(function)`", "registered_exitmacro", "function"),
    ("`exitmacro`, name and priority", "registered_exitmacro", "plain"),
    ("`exitmacro`, with a timeout too", "registered_exitmacro", "timeout"),
];

const ROUNDS: usize = 9;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    measure_exit(subjects, figures);
    measure_instructions(subjects, figures);
    measure_memory(subjects, figures);
}

fn measure_exit(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Registered handlers at exit: time");
    figures.paragraph(
        "From the end of `main` to the end of all handlers. `1`: the whole of it. `1,000` and `100,000`: nanoseconds for each one more, and the ratio to `libc::atexit`.",
    );
    let times: Vec<Vec<f64>> = ["1", "1000", "100000"]
        .iter()
        .map(|count| {
            let arguments: Vec<[&str; 3]> = PEERS.iter().map(|(_, _, kind)| ["exit", count, kind]).collect();
            let runs: Vec<(&str, &[&str])> = PEERS.iter().zip(&arguments).map(|((_, name, _), arguments)| (*name, &arguments[..])).collect();
            subjects.least(ROUNDS, "exit", &runs)
        })
        .collect();
    let each = |peer: usize, count: usize| (times[count][peer] - times[0][peer]) / [1.0, 999.0, 99_999.0][count];
    let mut table = Table::new(["", "1", "1,000", "ratio", "100,000", "ratio"]);
    for (peer, (title, _, kind)) in PEERS.iter().enumerate() {
        let ratios = [1, 2].map(|count| each(peer, count) / each(0, count));
        let one = format!("{} µs", short(times[0][peer] / 1_000.0));
        table.row([(*title).to_owned(), one, short(each(peer, 1)), ratio(ratios[0]), short(each(peer, 2)), ratio(ratios[1])]);
        let worse = Some(ratios[0].max(ratios[1]));
        match (title.starts_with("`exitmacro`"), *kind) {
            (true, "plain") => figures.target("a call at exit, against `atexit`'s", 2.0, worse, "×"),
            (true, "timeout") => figures.target("a call at exit, with a timeout, against `atexit`'s", 2.0, worse, "×"),
            _ => {}
        }
    }
    figures.table(&table);
}

fn measure_instructions(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Registered handlers: instructions a handler");
    let mut table = Table::new(["", "register", "unregister", "at exit: 1", "1,000", "100,000"]);
    let closure = ("`exitmacro`, a closure with 8 bytes", "registered_exitmacro", "closure");
    for (title, name, kind) in PEERS.into_iter().chain([closure]) {
        let run = |then: &str, count: &str, kind: &str| subjects.instructions(name, &[then, count, kind]);
        let idle = (run("leave", "0", kind), run("exit", "0", kind));
        let register = less(run("leave", "1000", kind), idle.0).map(|instructions| instructions / 1_000.0);
        let at_exit = |count: &str, number: f64| {
            // What the process does from the end of registering, over what it does there when nothing is registered.
            let with = less(run("exit", count, kind), run("leave", count, kind));
            less(with, less(idle.1, idle.0)).map(|instructions| instructions / number)
        };
        let unregister = (kind == "function")
            .then(|| {
                let both = less(run("leave", "1000", "taken-back"), run("leave", "0", "taken-back"));
                less(both.map(|instructions| instructions / 1_000.0), register)
            })
            .flatten();
        let exits = [at_exit("1", 1.0), at_exit("1000", 1e3), at_exit("100000", 1e5)];
        table.row([title.to_owned(), or_none(register, short), or_none(unregister, short)].into_iter().chain(exits.map(|exit| or_none(exit, short))));
    }
    figures.table(&table);
}

fn measure_memory(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Memory: bytes a registration, of 100,000");
    let mut table = Table::new(["", "bytes"]);
    for (title, name, kind) in PEERS {
        let bytes = subjects.least(1, "bytes", &[(name, &["memory", "100000", kind])])[0] / 1e5;
        table.row([title.to_owned(), if bytes > 0.0 { whole(bytes) } else { NONE.to_owned() }]);
    }
    figures.table(&table);
}
