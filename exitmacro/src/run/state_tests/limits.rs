//! Handlers and flushes that take too long: their lines on stderr and the limits in the report.

use super::*;

/// Starts the only handler, applies `end` after so many milliseconds, and returns the line on
/// stderr and the limit in the report.
fn ends(
    terms: Terms,
    handler: Declared,
    after: u64,
    end: impl FnOnce(&mut Run, Invocation, Moment, &mut Line),
) -> (String, Option<Limit>) {
    let declared: &'static [Declared] = Box::leak(Box::new([handler]));
    let (mut table, mut run, mut line, now) = (Table::new(), idle(), Line::new(), Moment::now());
    run.begin(terms, declared, true, &mut table, now, now);
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    end(&mut run, invocation, now.plus(Duration::from_millis(after)), &mut line);
    let [handler] = run.report(Moment::now()).handlers().to_vec().try_into().expect("one handler");
    (text(&line), handler.limit())
}

fn line_about(rest: &str) -> String {
    format!("exitmacro: handler `slow` (src/main.rs:1) {rest}\n")
}

#[test]
fn each_kind_of_timeout_has_its_line_and_names_the_limit() {
    let slow = |timeout: u64| {
        Declared::new("slow", "app", "src/main.rs", 1, 1, |_| Ok(()))
            .timeout(Duration::from_millis(timeout))
    };
    let one_second = Some(Limit::Timeout(Duration::from_secs(1)));
    let abandon = |how: End| {
        move |run: &mut Run, invocation: Invocation, now: Moment, line: &mut Line| {
            assert!(run.abandon(invocation.number, how, now, &mut Table::new(), line))
        }
    };
    let settle = |outcome: Outcome| {
        move |run: &mut Run, invocation: Invocation, now: Moment, line: &mut Line| {
            assert!(run.settle(
                Finished { number: invocation.number, id: None, outcome },
                now,
                &mut Table::new(),
                line
            ));
        }
    };
    let budget = |seconds| terms(Duration::from_secs(seconds));
    let inline = Terms { inline: true, ..budget(60) };

    let abandoned = ends(budget(60), slow(1_000), 1_000, abandon(End::Abandoned));
    assert_eq!(
        abandoned,
        (line_about("timed out after 1.0s and was abandoned: its timeout is 1s"), one_second)
    );

    let dropped = ends(budget(60), slow(1_000).asynchronous(), 1_000, settle(Outcome::TimedOut));
    assert_eq!(dropped, (line_about("timed out after 1.0s: its timeout is 1s"), one_second));

    let late = ends(inline, slow(1_000), 1_200, settle(Outcome::Completed));
    assert_eq!(
        late,
        (
            line_about(
                "timed out after 1.2s: its timeout is 1s; nothing could interrupt it, \
                 and it has completed"
            ),
            one_second
        )
    );

    let just_in_time = ends(inline, slow(1_000), 1_000, settle(Outcome::Completed));
    assert_eq!(just_in_time, (String::new(), None));

    let parked = ends(budget(60), slow(1_000), 100, abandon(End::Parked));
    let why = "it called `std::process::exit`, which never returns in a process that is already \
               exiting; use `exitmacro::exit` instead";
    assert_eq!(parked, (line_about(&format!("timed out after 100.0ms: {why}")), None));

    let perhaps_parked = ends(budget(60), slow(1_000), 1_000, abandon(End::AbandonedPerhapsParked));
    let why = "if it called `std::process::exit`, that never returns in a process that is already \
               exiting: use `exitmacro::exit` instead";
    assert_eq!(
        perhaps_parked,
        (
            line_about(&format!(
                "timed out after 1.0s and was abandoned: its timeout is 1s; {why}"
            )),
            one_second
        )
    );

    let [left, share] = [20_000, 19_750].map(Duration::from_millis);
    let cut = ends(budget(20), slow(30_000), 20_000, abandon(End::Abandoned));
    assert_eq!(
        cut,
        (
            line_about(
                "timed out after 20.0s and was abandoned: 20s were left of the budget of 20s"
            ),
            Some(Limit::Budget { left, budget: left })
        )
    );
    let cut = ends(budget(20), slow(30_000).asynchronous(), 19_750, settle(Outcome::TimedOut));
    assert_eq!(
        cut,
        (
            line_about("timed out after 19.7s: its share of the budget was 19.7s, of 20s left"),
            Some(Limit::Share { share, left })
        )
    );
}

#[test]
fn the_line_about_a_late_flush_names_its_limit() {
    let mut table = Table::new();
    let (mut run, now) = begun(&DECLARED[..1], &mut table, Duration::from_millis(600));
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    assert!(run.settle(execute(invocation), now, &mut table, &mut Line::new()));
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("the flush waits")
    };
    let mut line = Line::new();
    let late = now.plus(Duration::from_millis(600));
    run.abandon(invocation.number, End::Abandoned, late, &mut table, &mut line);
    assert_eq!(
        text(&line),
        "exitmacro: stdout was not flushed within 600ms: \
         no process reads it, or another thread holds its lock\n"
    );
}

#[test]
fn while_others_wait_the_limit_is_a_share() {
    let mut table = Table::new();
    register_in(&mut table, || (), 5).expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(5));
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    let mut line = Line::new();
    run.abandon(
        invocation.number,
        End::Abandoned,
        now.plus(Duration::from_millis(4_500)),
        &mut table,
        &mut line,
    );
    assert!(
        text(&line).ends_with(
            " timed out after 4.5s and was abandoned: its share of the budget was \
             4.5s, of 5s left\n"
        ),
        "{}",
        text(&line)
    );
}

/// The timeout expires within the budget, but in the tenth that is kept for the others.
#[test]
fn while_others_wait_a_timeout_that_leaves_less_than_a_tenth_is_cut() {
    static SLOW: [Declared; 1] = [Declared::new("slow", "app", "src/main.rs", 1, 1, |_| Ok(()))
        .timeout(Duration::from_millis(4_800))];
    for others in [0, 1] {
        let mut table = Table::new();
        (0..others)
            .for_each(|_| _ = register_in(&mut table, || (), -1).expect("the table is open"));
        let (mut run, now) = begun(&SLOW, &mut table, Duration::from_secs(5));
        assert!(matches!(run.next(now, &mut table, alone(), &mut Line::new()), Step::Execute(_)));
        assert_eq!(
            run.next_deadline().since(now),
            Duration::from_millis(if others == 0 { 4_800 } else { 4_500 })
        );
    }
}

#[test]
fn a_timeout_beyond_the_clock_is_no_timeout() {
    static FOR_EVER: [Declared; 1] =
        [Declared::new("patient", "app", "src/main.rs", 1, 1, |_| Ok(())).timeout(Duration::MAX)];
    let mut table = Table::new();
    let (mut run, now) = begun(&FOR_EVER, &mut table, Duration::MAX);
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    assert_eq!(
        (run.next_deadline(), run.budget_end(), invocation.context.deadline()),
        (Moment::NEVER, Moment::NEVER, None)
    );
    assert_eq!(invocation.context.remaining(), Duration::MAX);
}
