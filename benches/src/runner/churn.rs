//! The time to register and to unregister at any number of registrations.

use super::Figures;
use super::figure::{Figure, Missing, over, worst};
use super::subject::Subjects;
use super::table::{Table, ratio, short, shown};

const ROUNDS: usize = 7;

/// The time of a call, where it could be measured.
struct Times {
    libc: Figure,
    register: [Figure; 2],
    unregister: [Figure; 2],
}

const RECENT: usize = 0;
const RANDOM: usize = 1;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Register and unregister: nanoseconds a call");
    figures.paragraph(
        "By number of registrations at that time, and of threads that measure concurrently. \
         *recent*: the newest ones are unregistered, as guards do; *random*: any of them. \
         libc cannot unregister.",
    );
    let titles = [
        "live",
        "threads",
        "`libc::atexit`",
        "register, recent",
        "ratio",
        "register, random",
        "unregister, recent",
        "ratio to register",
        "unregister, random",
    ];
    let mut table = Table::new(titles);
    let mut all: Vec<Times> = Vec::new();
    for (threads, against_libc, against_register) in [
        (
            "1",
            "register, 1 thread, against `atexit` (worst row)",
            "unregister, 1 thread, against register (worst row)",
        ),
        (
            "2",
            "register, 2 threads, against `atexit` (worst row)",
            "unregister, 2 threads, against register (worst row)",
        ),
    ] {
        let mut all_ratios = [const { Vec::new() }; 2];
        for (title, live) in [("1k", "1000"), ("100k", "100000"), ("1M", "1000000")] {
            let times = time(subjects, live, threads);
            let ratios = [
                over(times.register[RECENT], times.libc),
                over(times.unregister[RECENT], times.register[RECENT]),
            ];
            let cells = [
                shown(times.libc, short),
                shown(times.register[RECENT], short),
                shown(ratios[0], ratio),
                shown(times.register[RANDOM], short),
                shown(times.unregister[RECENT], short),
                shown(ratios[1], ratio),
                shown(times.unregister[RANDOM], short),
            ];
            table.row([title.to_owned(), threads.to_owned()].into_iter().chain(cells));
            all_ratios.iter_mut().zip(ratios).for_each(|(all, ratio)| all.push(ratio));
            all.push(times);
        }
        let [libc, register] = all_ratios.map(worst);
        let one_lock = || {
            "there is one table with one lock, as in libc; two processors hand it to and fro \
             without doing anything else. It differs from run to run more than all other \
             figures."
                .to_owned()
        };
        figures.target(against_libc, 1.5, "×", libc, one_lock);
        figures.target(against_register, 1.0, "×", register, one_lock);
    }
    figures.table(&table);
    // The first three rows are for one thread.
    let (few, many) = (&all[0], &all[2]);
    let cache = || {
        "one entry is looked at with any number of registrations, but with a million it is not \
         in the processor's cache."
            .to_owned()
    };
    figures.target(
        "register with 1M live, against 1k live",
        FLAT,
        "×",
        over(many.register[RECENT], few.register[RECENT]),
        cache,
    );
    figures.target(
        "unregister a recent one with 1M live, against 1k live",
        FLAT,
        "×",
        over(many.unregister[RECENT], few.unregister[RECENT]),
        cache,
    );
    figures.target(
        "unregister a random one with 1M live, against 1k live",
        FLAT,
        "×",
        over(many.unregister[RANDOM], few.unregister[RANDOM]),
        cache,
    );
}

/// Flat, with room for the noise of the clock.
const FLAT: f64 = 1.25;

fn time(subjects: &Subjects, live: &str, threads: &str) -> Times {
    let runs: [(&str, &[&str]); 3] = [
        ("churn_exitmacro", &[live, threads, "recent"]),
        ("churn_exitmacro", &[live, threads, "random"]),
        ("churn_libc_atexit", &[live, threads]),
    ];
    let time = |what: &str, runs| {
        subjects
            .runs(ROUNDS, what, runs)
            .iter()
            .map(|times| {
                // With one thread, the least disturbed run counts. Two threads that disturb each
                // other are the subject, so there the median counts.
                let chosen = if threads == "1" { 0 } else { times.len() / 2 };
                // The subjects count tenths of a nanosecond.
                times.get(chosen).map(|time| time / 10.0).ok_or(Missing::DidNotHappen)
            })
            .collect::<Vec<_>>()
    };
    let (register, unregister) = (time("register", &runs), time("unregister", &runs[..2]));
    Times {
        libc: register[2],
        register: [register[0], register[1]],
        unregister: [unregister[0], unregister[1]],
    }
}
