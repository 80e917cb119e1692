//! The cost of a registered handler at exit, to register and to unregister, and in memory.

use super::Figures;
use super::bounds::{Bounds, by_function};
use super::figure::{Figure, Missing, less, over};
use super::subject::Subjects;
use super::table::{Table, ratio, short, shown, whole};

/// Title, subject, kind.
const PEERS: [(&str, &str, &str); 8] = [
    ("`libc::atexit`", "registered_libc_atexit", ""),
    ("`signal-mod`", "registered_signal_mod", "plain"),
    ("`signal-mod`, with a timeout", "registered_signal_mod", "timeout"),
    ("`exitmacro`, `register(function)`", EXITMACRO, "function"),
    ("`exitmacro`, a closure with 8 bytes", EXITMACRO, "closure"),
    ("`exitmacro`, a closure with 24 bytes", EXITMACRO, "closure-24"),
    ("`exitmacro`, name and priority", EXITMACRO, "plain"),
    ("`exitmacro`, name, priority and timeout", EXITMACRO, "timeout"),
];

const EXITMACRO: &str = "registered_exitmacro";

const COUNTS: [&str; 4] = ["1", "10", "1000", "100000"];

const ROUNDS: usize = 9;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    measure_instructions(subjects, figures);
    measure_exit(subjects, figures);
    measure_memory(subjects, figures);
}

fn measure_exit(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Registered handlers at exit: time");
    figures.paragraph(
        "From the end of `main` to the end of all handlers. `1`: the whole of it. `10`, `1,000` \
         and `100,000`: nanoseconds for each one more, and the ratio to \
         `libc::atexit`. Names come with random priorities.",
    );
    let times = COUNTS.map(|count| {
        let arguments: Vec<[&str; 3]> =
            PEERS.iter().map(|(_, _, kind)| ["exit", count, kind]).collect();
        let runs: Vec<(&str, &[&str])> = PEERS
            .iter()
            .zip(&arguments)
            .map(|((_, name, _), arguments)| (*name, &arguments[..]))
            .collect();
        subjects.least(ROUNDS, "exit", &runs)
    });
    let each = |peer: usize, count: usize| {
        less(times[count][peer], times[0][peer])
            .map(|time| time / [1.0, 9.0, 999.0, 99_999.0][count])
    };
    let bounds = Bounds::measure();
    let mut table = Table::new(["", "1", "10", "1,000", "ratio", "100,000", "ratio"]);
    for (peer, (title, _, kind)) in PEERS.iter().enumerate() {
        let ratios = [2, 3].map(|count| over(each(peer, count), each(0, count)));
        let one = shown(times[0][peer], |time| format!("{} µs", short(time / 1_000.0)));
        let [thousand, hundred_thousand] = ratios.map(|figure| shown(figure, ratio));
        table.row([
            (*title).to_owned(),
            one,
            shown(each(peer, 1), short),
            shown(each(peer, 2), short),
            thousand,
            shown(each(peer, 3), short),
            hundred_thousand,
        ]);
        if PEERS[peer].1 != EXITMACRO {
            continue;
        }
        let reason = || {
            format!(
                "{} ns a handler against {}: libc calls out of an array of 32 bytes each, on the \
                 thread that filled it. Here the runner, which is another thread, reads entries \
                 of 56 bytes; notes in which order they come; moves what each handler does out of \
                 its entry, as it can be unregistered until it begins; and begins it by a \
                 compare-and-exchange, so that it has either ended or was abandoned ({} ns, {} \
                 times libc's whole handler).",
                shown(each(peer, 3), short),
                shown(each(0, 3), short),
                short(bounds.exchange),
                shown(over(Ok(bounds.exchange), each(0, 3)), short),
            )
        };
        match *kind {
            "function" => figures.target(
                "a call at exit, 100,000, against `atexit`: time",
                2.0,
                "×",
                ratios[1],
                reason,
            ),
            "timeout" => figures.target(
                "a call at exit, 100,000 with random priorities and \
             timeouts, against `atexit`: time",
                5.0,
                "×",
                ratios[1],
                || {
                    format!(
                        "{} Handlers in random order are not next to each other in memory.",
                        reason()
                    )
                },
            ),
            _ => {}
        }
    }
    figures.table(&table);
}

fn measure_instructions(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Registered handlers: instructions a handler");
    let mut table =
        Table::new(["", "register", "unregister", "at exit: 1", "10", "1,000", "100,000"]);
    for (title, name, kind) in PEERS {
        let run =
            |then: &str, count: &str, kind: &str| subjects.instructions(name, &[then, count, kind]);
        let idle = (run("leave", "0", kind), run("exit", "0", kind));
        let left = COUNTS.map(|count| run("leave", count, kind));
        let register = less(left[2], idle.0).map(|instructions| instructions / 1e3);
        let unregister = if kind == "function" {
            let both =
                less(run("leave", "1000", "unregistered"), run("leave", "0", "unregistered"));
            less(both.map(|instructions| instructions / 1e3), register)
        } else {
            Err(Missing::Cannot)
        };
        let exits: [Figure; 4] = std::array::from_fn(|at| {
            // The work of the process after registering, without its work when nothing is
            // registered.
            let with = less(run("exit", COUNTS[at], kind), left[at]);
            less(with, less(idle.1, idle.0))
                .map(|instructions| instructions / [1.0, 1e1, 1e3, 1e5][at])
        });
        table.row(
            [title.to_owned(), shown(register, short), shown(unregister, short)]
                .into_iter()
                .chain(exits.map(|exit| shown(exit, short))),
        );
        let reason = || {
            let runs = [["leave", "10000", kind], ["exit", "10000", kind]];
            let functions = by_function(subjects, name, [&runs[0], &runs[1]], 1e4, 8.0);
            format!(
                "{} with 1,000 handlers, {} with 100,000. Of each of 10,000: {functions}.",
                shown(exits[2], short),
                shown(exits[3], short)
            )
        };
        match kind {
            "function" => figures.target(
                "registered, 100,000: a function at exit: instructions",
                150.0,
                "",
                exits[3],
                reason,
            ),
            "closure" => figures.target(
                "registered, 100,000: a closure with 8 bytes at exit: instructions",
                160.0,
                "",
                exits[3],
                reason,
            ),
            "timeout" if name == EXITMACRO => {
                figures.target(
                    "registered, 100,000: name, priority and timeout at exit: instructions",
                    300.0,
                    "",
                    exits[3],
                    || {
                        format!(
                            "{} Random priorities are sorted besides. `fetch` makes the time \
                             shorter: it reads the memory of several handlers at once.",
                            reason()
                        )
                    },
                );
            }
            _ => {}
        }
    }
    figures.table(&table);
}

fn measure_memory(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Memory: bytes a registration, of 100,000");
    let mut table = Table::new(["", "bytes"]);
    for (title, name, kind) in PEERS {
        let bytes = subjects.least(1, "bytes", &[(name, &["memory", "100000", kind])])[0].and_then(
            |bytes| if bytes > 0.0 { Ok(bytes / 1e5) } else { Err(Missing::Tool("glibc")) },
        );
        table.row([title.to_owned(), shown(bytes, whole)]);
        let reason = || {
            "memory of the table grows in steps, so that part of the last one is not used yet; \
             what does not fit into an entry is allocated by itself."
                .to_owned()
        };
        match kind {
            "function" => figures.target(
                "memory a registration: a function",
                64.0,
                "bytes",
                bytes.map(f64::round),
                reason,
            ),
            "closure-24" => figures.target(
                "memory a registration: a closure with 24 bytes",
                64.0,
                "bytes",
                bytes.map(f64::round),
                reason,
            ),
            _ => {}
        }
    }
    figures.table(&table);
}
