//! The cost of ordering handlers with edges, and how much longer than its critical path a run
//! takes.

use super::Figures;
use super::figure::{Figure, Missing, over, worst};
use super::subject::Subjects;
use super::table::{Table, short, shown, whole};
use std::thread;

const ROUNDS: usize = 7;
const PLANS: u64 = 1_000;

const CONCURRENT: (&str, &str) = ("concurrent", "concurrent");

/// The plans sleep, so that several at once do not disturb each other much.
const AT_ONCE: u64 = 8;

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures, with_random_plans: bool) {
    figures.section("Order: 10,000 handlers with 50,000 edges");
    figures.paragraph("Milliseconds of `plan()`: the order, its cycles and its critical path.");
    let mut table = Table::new(["handlers", "milliseconds"]);
    let all = [("one after the other", "alone"), CONCURRENT].map(|(title, argument)| {
        let milliseconds = milliseconds(subjects, "plan", argument);
        table.row([title.to_owned(), shown(milliseconds, short)]);
        milliseconds
    });
    figures.table(&table);
    let speed = || speed_of_plan(subjects, all[1]);
    figures.target("plan of 10,000 handlers with 50,000 edges", 20.0, "ms", worst(all), speed);
    types(subjects, figures);
    if with_random_plans {
        random_plans(subjects, figures);
    }
}

/// How many instructions the plan takes, and how fast this machine executes them.
fn speed_of_plan(subjects: &Subjects, milliseconds: Figure) -> String {
    let (title, argument) = CONCURRENT;
    let instructions =
        subjects.instructions_of_own("order_edges", &[argument], "exitmacro::process::plan::plan");
    let each = instructions.map(|instructions| instructions / 60_000.0);
    let in_a_nanosecond =
        over(instructions, milliseconds).map(|in_a_millisecond| in_a_millisecond / 1e6);
    format!(
        "{title}, the plan takes {} instructions for each handler and edge, of which this machine \
         executed {} in a nanosecond.",
        shown(each, short),
        shown(in_a_nanosecond, short),
    )
}

fn types(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Order: 100,000 tracked values that wait for 100,000 of another type");
    figures.paragraph(
        "Milliseconds of `plan()`, and of the whole run, in which each value is \
         closed by a function that does next to nothing.",
    );
    let mut table = Table::new(["plan", "run"]);
    let [planned, ran] = ["plan", "run"].map(|line| milliseconds(subjects, line, "types"));
    table.row([shown(planned, short), shown(ran, short)]);
    figures.table(&table);
    figures.target(
        "run of 200,000 tracked values with edges between their types",
        1_000.0,
        "ms",
        ran,
        || "not explained".to_owned(),
    );
}

fn milliseconds(subjects: &Subjects, line: &str, argument: &str) -> Figure {
    subjects.least(ROUNDS, line, &[("order_edges", &[argument])])[0]
        .map(|microseconds| microseconds / 1_000.0)
}

fn random_plans(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Order: random plans against their critical paths");
    figures.paragraph(
        "Plans of 4 to 15 handlers that sleep for 20 to 79 ms, with random priorities and edges, \
         four of five of them concurrent. Of all: how much longer than its critical path a run \
         took, in percent.",
    );
    let mut excess: Vec<f64> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|worker| {
                scope.spawn(move || {
                    (worker..PLANS)
                        .step_by(AT_ONCE as usize)
                        .map(|seed| percent(subjects, seed))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no worker panics")).collect()
    });
    excess.sort_by(f64::total_cmp);
    let at = |share: f64| {
        excess
            .get(((excess.len() - 1) as f64 * share) as usize)
            .copied()
            .ok_or(Missing::DidNotHappen)
    };
    let mut table = Table::new(["plans", "median", "99 of 100", "worst"]);
    table.row([
        whole(excess.len() as f64),
        shown(at(0.5), short),
        shown(at(0.99), short),
        shown(at(1.0), short),
    ]);
    figures.table(&table);
    let most_plans = || {
        format!(
            "99 plans of 100 stay below {} %. Sleeping handlers wake late on a busy machine, and \
             the longest delay of a thousand plans is measured.",
            shown(at(0.99), short)
        )
    };
    figures.target(
        "a random plan, above its critical path (worst of 1,000)",
        5.0,
        "%",
        at(1.0),
        most_plans,
    );
}

/// How much longer the plan took than its critical path is.
fn percent(subjects: &Subjects, seed: u64) -> f64 {
    let printed = subjects.output("order_random", &[&seed.to_string()]);
    let numbers: Vec<f64> =
        printed.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    let &[expected, took] = numbers.as_slice() else { panic!("two numbers: {printed}") };
    (took / expected - 1.0) * 100.0
}
