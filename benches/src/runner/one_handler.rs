//! How long a process takes to end with one handler.

use super::Figures;
use super::figure::{less, over};
use super::subject::Subjects;
use super::table::{Table, ratio, short, shown};

const PEERS: [(&str, &str); 4] = [
    ("`libc::atexit`", "exit_libc_atexit"),
    ("`std::thread::spawn` and `join` in it", "exit_thread"),
    ("`signal-mod`", "exit_signal_mod"),
    ("`exitmacro`", "exit_exitmacro"),
];

const ROUNDS: usize = 300;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("One handler: time of the exit");
    figures.paragraph(&format!(
        "Microseconds from the end of `main` to the end of the handler, the least of {ROUNDS} \
         processes of each kind, which take turns; and the median."
    ));
    let runs: Vec<(&str, &[&str])> =
        PEERS.iter().map(|(_, name)| (*name, &[] as &[&str])).collect();
    let times = subjects.runs(ROUNDS, "exit", &runs);
    let microseconds = |times: &[f64], at: usize| {
        times.get(at).map(|time| time / 1_000.0).ok_or(super::figure::Missing::DidNotHappen)
    };
    let least: Vec<_> = times.iter().map(|times| microseconds(times, 0)).collect();
    let median: Vec<_> = times.iter().map(|times| microseconds(times, times.len() / 2)).collect();
    let mut table =
        Table::new(["", "least", "ratio to the thread", "median", "ratio to the thread"]);
    for (peer, (title, _)) in PEERS.iter().enumerate() {
        let ratios = [over(least[peer], least[1]), over(median[peer], median[1])]
            .map(|figure| shown(figure, ratio));
        let [first, second] = ratios;
        table.row([
            (*title).to_owned(),
            shown(least[peer], short),
            first,
            shown(median[peer], short),
            second,
        ]);
    }
    figures.table(&table);
    let beyond_a_thread = || {
        format!(
            "{} µs over the {} µs of the thread, which are for what the row above counts beyond \
             those of a thread: it reports, flushes stdout, and watches the handler.",
            shown(less(least[3], least[1]), short),
            shown(least[1], short),
        )
    };
    figures.target(
        "1 handler, whole exit: time, against starting and joining a thread",
        1.2,
        "×",
        over(least[3], least[1]),
        beyond_a_thread,
    );
}
