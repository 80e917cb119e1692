//! The cost of tracking a value, next to an `Arc` of it.

use super::Figures;
use super::bounds::Bounds;
use super::figure::{Missing, over, worst};
use super::subject::Subjects;
use super::table::{Table, ratio, short, shown};

const ROUNDS: usize = 7;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Tracked values: nanoseconds from making one to having dropped it");
    figures.paragraph(
        "By number of values that are tracked meanwhile, and of threads that do it \
         at once. Dropping a tracked value closes it; here that does next to nothing.",
    );
    let mut table = Table::new(["live", "threads", "`Arc::new`", "`track`", "ratio"]);
    let (mut ratios, mut arcs) = (Vec::new(), Vec::new());
    for threads in ["1", "2"] {
        for (title, live) in [("1k", "1000"), ("100k", "100000")] {
            let time = |what| {
                let times = subjects.runs(ROUNDS, what, &[("churn_tracked", &[live, threads])]);
                // The least disturbed run. The subjects count tenths of a nanosecond.
                times[0].first().map(|time| time / 10.0).ok_or(Missing::DidNotHappen)
            };
            let (arc, track) = (time("arc"), time("track"));
            let against_arc = over(track, arc);
            table.row([title.to_owned(), threads.to_owned()].into_iter().chain([
                shown(arc, short),
                shown(track, short),
                shown(against_arc, ratio),
            ]));
            if threads == "1" {
                ratios.push(against_arc);
                arcs.push(arc);
            }
        }
    }
    figures.table(&table);
    let both_allocate = || {
        let mutex = Bounds::measure().mutex;
        format!(
            "tracking allocates as `Arc` does, for {} ns here, and locks the table to enter the \
             value and to take it out again: a free mutex of std takes {} ns each time. The rest \
             moves the entry.",
            shown(worst(arcs), short),
            short(mutex),
        )
    };
    figures.target(
        "track and drop, 1 thread, against `Arc::new` and drop (worst row)",
        2.5,
        "×",
        worst(ratios),
        both_allocate,
    );
}
