//! The time to register and to take back at any number of registrations.

use super::Figures;
use super::subject::Subjects;
use super::table::{Table, or_none, ratio, short};

const ROUNDS: usize = 7;

/// What a call took, where it could be measured.
struct Times {
    libc: Option<f64>,
    register: [Option<f64>; 2],
    unregister: [Option<f64>; 2],
}

const RECENT: usize = 0;
const RANDOM: usize = 1;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Register and unregister: nanoseconds a call");
    figures.paragraph(
        "By number of registrations that live meanwhile, and of threads that do it at once. *recent*: those registered last are taken back, as guards do; *random*: any \
         of those that live. libc cannot take back.",
    );
    let titles =
        ["live", "threads", "`libc::atexit`", "register, recent", "ratio", "register, random", "unregister, recent", "ratio to register", "unregister, random"];
    let mut table = Table::new(titles);
    let mut all = Vec::new();
    for (threads, against_libc, against_register) in [
        ("1", "register, 1 thread, against `atexit` (worst row)", "unregister, 1 thread, against register (worst row)"),
        ("2", "register, 2 threads, against `atexit` (worst row)", "unregister, 2 threads, against register (worst row)"),
    ] {
        let mut worst = [None, None];
        for (title, live) in [("1k", "1000"), ("100k", "100000"), ("1M", "1000000")] {
            let times = time(subjects, live, threads);
            let ratios = [over(times.register[RECENT], times.libc), over(times.unregister[RECENT], times.register[RECENT])];
            let cells = [
                or_none(times.libc, short),
                or_none(times.register[RECENT], short),
                or_none(ratios[0], ratio),
                or_none(times.register[RANDOM], short),
                or_none(times.unregister[RECENT], short),
                or_none(ratios[1], ratio),
                or_none(times.unregister[RANDOM], short),
            ];
            table.row([title.to_owned(), threads.to_owned()].into_iter().chain(cells));
            worst = [0, 1].map(|which: usize| if ratios[which] > worst[which] { ratios[which] } else { worst[which] });
            all.push(times);
        }
        figures.target(against_libc, 1.5, worst[0], "×");
        figures.target(against_register, 1.0, worst[1], "×");
    }
    figures.table(&table);
    // The first three rows are those of one thread.
    let (few, many) = (&all[0], &all[2]);
    figures.target("register with 1M live, against 1k live", FLAT, over(many.register[RECENT], few.register[RECENT]), "×");
    figures.target("unregister a recent one with 1M live, against 1k live", FLAT, over(many.unregister[RECENT], few.unregister[RECENT]), "×");
    figures.target("unregister a random one with 1M live, against 1k live", FLAT, over(many.unregister[RANDOM], few.unregister[RANDOM]), "×");
}

/// Flat, with room for the noise of the clock.
const FLAT: f64 = 1.25;

fn over(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? / b?)
}

fn time(subjects: &Subjects, live: &str, threads: &str) -> Times {
    let runs: [(&str, &[&str]); 3] =
        [("churn_exitmacro", &[live, threads, "recent"]), ("churn_exitmacro", &[live, threads, "random"]), ("churn_libc_atexit", &[live, threads])];
    let time = |what: &str, runs| {
        subjects
            .runs(ROUNDS, what, runs)
            .iter()
            .map(|times| {
                // With one thread, the run that was disturbed least counts. Two threads that disturb each other are what is measured, so there it is the one in the
                // middle.
                let chosen = if threads == "1" { 0 } else { times.len() / 2 };
                // The subjects count tenths of a nanosecond.
                times.get(chosen).map(|time| time / 10.0)
            })
            .collect::<Vec<_>>()
    };
    let (register, unregister) = (time("register", &runs), time("unregister", &runs[..2]));
    Times { libc: register[2], register: [register[0], register[1]], unregister: [unregister[0], unregister[1]] }
}
