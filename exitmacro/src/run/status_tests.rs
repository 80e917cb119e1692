use super::*;
use crate::config::Config;
use crate::handler::declared::Declared;
use crate::registry::Table;
use crate::report::Limit;
use crate::run::active::Worker;
use crate::run::state::tests::{current, idle, terms};
use crate::run::step::Step;
use crate::run::terms::Terms;

static DECLARED: [Declared; 2] = [
    Declared::new("app::first", "app", "src/main.rs", 2, 1, |_| Ok(()))
        .timeout(Duration::from_secs(8)),
    Declared::new("app::second", "app", "src/main.rs", 1, 1, |_| Ok(())),
];

/// A run of these with that configuration, whose first handler is running, and since when.
fn running(log: LogLevel, status: bool) -> (Run, Table, Moment) {
    let terms = terms(Duration::from_secs(60));
    let terms = Terms { config: Config { log, status, ..terms.config }, ..terms };
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms, &DECLARED, true, &mut table, now, now);
    let step = run.next(now, &mut table, Worker::caller(), &mut Line::new());
    assert!(matches!(step, Step::Execute(_)));
    (run, table, now)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_line_is_due_after_a_second_where_it_may_be_drawn() {
    for (status, is_handed_over, is_due) in
        [(true, false, true), (false, false, false), (true, true, false)]
    {
        let (run, _, now) = running(LogLevel::Error, status);
        let expected = if is_due { now.plus(SECOND) } else { Moment::NEVER };
        assert_eq!(Status::new(&run, is_handed_over).next(&run), expected);
    }
}

#[test]
fn half_of_a_limit_is_due_once_where_that_is_asked_for() {
    for (log, is_due) in [
        (LogLevel::Quiet, false),
        (LogLevel::Error, false),
        (LogLevel::Info, true),
        (LogLevel::Trace, true),
    ] {
        let (mut run, _, now) = running(log, false);
        let status = Status::new(&run, false);
        let half = now.plus(4 * SECOND);
        assert_eq!(status.next(&run), if is_due { half } else { Moment::NEVER });
        assert_eq!(run.next_half(half), Moment::NEVER, "it was told");
        run.draws_status = true;
        assert_eq!(run.next_half(now), Moment::NEVER, "the line says more");
    }
}

#[test]
fn a_handler_is_late_from_half_of_its_limit_on() {
    let (mut run, _, now) = running(LogLevel::Info, true);
    let end = now.plus(8 * SECOND);
    let is_late = |run: &Run, after: Duration| run.is_told_as_late(now, end, now.plus(after));
    assert!(!is_late(&run, Duration::from_millis(3_999)) && is_late(&run, 4 * SECOND));
    run.draws_status = true;
    assert!(!is_late(&run, 4 * SECOND));
    assert!(!is_late(&running(LogLevel::Error, true).0, 4 * SECOND));
    // The budget ends before.
    run.draws_status = false;
    run.budget_end = now.plus(2 * SECOND);
    assert!(is_late(&run, SECOND));
}

#[test]
fn a_line_tells_of_half_of_a_limit_once() {
    let (run, _, now) = running(LogLevel::Info, false);
    let mut line = Line::new();
    let half = now.plus(4 * SECOND);
    assert_eq!(run.tell_half(now, now.plus(3 * SECOND), &mut line), now);
    assert!(line.is_empty());
    assert_eq!(run.tell_half(now, now.plus(5 * SECOND), &mut line), half);
    assert_eq!(
        line.to_string(),
        "exitmacro: handler `app::first` (src/main.rs:2) is still running after 5s of 8s\n"
    );
    let mut line = Line::new();
    assert_eq!(run.tell_half(half, now.plus(5 * SECOND), &mut line), half);
    assert!(line.is_empty());
}

#[test]
fn the_time_of_a_handler_with_a_short_limit_has_tenths() {
    let (mut run, _, now) = running(LogLevel::Info, false);
    for (limit, shown) in [(800, "400.1ms of 800ms"), (2000, "0s of 2s")] {
        let limit = Duration::from_millis(limit);
        run.active.iter_mut().for_each(|current| {
            current.deadline = now.plus(limit);
            current.limit = Limit::Timeout(limit);
        });
        let mut line = Line::new();
        let current = run.active.iter().next().expect("one runs");
        line.start();
        push_times(&mut line, current, current.started.plus(Duration::from_micros(400_100)));
        line.end();
        assert_eq!(line.to_string(), format!("exitmacro: {shown}\n"));
    }
}

/// What is drawn five seconds after the beginning.
fn drawn(run: &Run, now: Moment, columns: usize) -> String {
    let mut line = Line::new();
    let mut run_as_shown = |is_short| {
        let following = run.order.count_left();
        run.tell_running(&mut line, now.plus(5 * SECOND), following, is_short, true);
        line.cut_to(columns)
    };
    if run_as_shown(false) {
        run_as_shown(true);
    }
    line.to_string()
}

#[test]
fn the_line_says_what_is_awaited_and_what_is_left() {
    let (mut run, _, now) = running(LogLevel::Error, true);
    for (columns, expected) in [
        (120, "exitmacro: waiting for `app::first` (5s of 8s); 55s left; 1 to go\n"),
        (65, "exitmacro: waiting for `app::first` (5s of 8s); 55s left; 1 to go\n"),
        (64, "exitmacro: `first` 5s of 8s; 55s left; 1 to go\n"),
        (46, "exitmacro: `first` 5s of 8s; 55s left; 1 to go\n"),
        (39, "exitmacro: `first` 5s of 8s; 55s left;…\n"),
        (20, "exitmacro: `first` …\n"),
        (1, "…\n"),
    ] {
        assert_eq!(drawn(&run, now, columns), expected, "{columns}");
    }
    // The flush.
    let number = run.active.only().expect("it is running").number;
    run.active.forget(number);
    run.active.push(current(number + 1, None));
    assert_eq!(drawn(&run, now, 120), "");
}

#[test]
fn the_line_names_three_of_those_that_are_awaited() {
    static CONCURRENT: [Declared; 5] = [
        Declared::new("app::a", "app", "src/main.rs", 5, 1, |_| Ok(())).concurrent(),
        Declared::new("app::b", "app", "src/main.rs", 4, 1, |_| Ok(())).concurrent(),
        Declared::new("app::c", "app", "src/main.rs", 3, 1, |_| Ok(())).concurrent(),
        Declared::new("app::d", "app", "src/main.rs", 2, 1, |_| Ok(())).concurrent(),
        Declared::new("app::e", "app", "src/main.rs", 1, 1, |_| Ok(())).concurrent(),
    ];
    for (running, expected) in [
        (2, "`app::a` (5s of 10s), `app::b` (5s of 10s); 55s left; 3 to go\n"),
        (
            3,
            "`app::a` (5s of 10s), `app::b` (5s of 10s), `app::c` (5s of 10s); 55s left; 2 to go\n",
        ),
        (
            5,
            "`app::a` (5s of 10s), `app::b` (5s of 10s), `app::c` (5s of 10s) and 2 more; \
         55s left; 0 to go\n",
        ),
    ] {
        let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
        run.begin(terms(Duration::from_secs(60)), &CONCURRENT, true, &mut table, now, now);
        for _ in 0..running {
            let step = run.next(now, &mut table, Worker::caller(), &mut Line::new());
            assert!(matches!(step, Step::Execute(_)));
        }
        let text = drawn(&run, now, 200);
        assert_eq!(text.strip_prefix("exitmacro: waiting for "), Some(expected));
    }
}

#[test]
fn a_time_is_in_whole_seconds() {
    for (milliseconds, expected) in [(0, 0), (499, 0), (500, 1), (1_499, 1), (21_600, 22)] {
        assert_eq!(seconds(Duration::from_millis(milliseconds)), expected);
    }
}
