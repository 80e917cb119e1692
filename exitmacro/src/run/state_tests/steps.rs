//! From one handler to the next: plan, flush, runners, skipped handlers, forked children.

use super::*;
use crate::handler::signal::Signal;

#[test]
fn a_run_executes_the_plan_and_finishes() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(1));
    run_all(&mut run, &mut table, now);
    let outcomes: Vec<Outcome> = log(&run).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Failed("no luck".to_owned()), Outcome::Completed, Outcome::Completed]
    );
    assert!(run.phase == Phase::Finished);
    #[cfg(feature = "resources")]
    assert!(run.has_failures);
    assert_eq!(register_in(&mut table, || (), 0), Err(RegisterError::Finished));
}

#[test]
fn a_failed_handler_turns_success_and_an_unknown_status_into_failure() {
    let signal = ExitReason::Signal(Signal::TERM);
    for (reason, code, expected) in [
        (ExitReason::Exit, Some(0), Some(3)),
        (ExitReason::Exit, Some(7), Some(7)),
        (ExitReason::Exit, None, Some(3)),
        (ExitReason::Panic, Some(101), Some(101)),
        (signal, Some(0), Some(0)),
        (signal, None, None),
        // The process continues.
        (ExitReason::Requested, None, None),
        (ExitReason::Unload, None, None),
    ] {
        let mut terms = Terms { reason, ..terms(Duration::from_secs(60)) };
        terms.config.on_failure = Some(3);
        let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
        run.begin(terms, &DECLARED, true, &mut table, now, now);
        run.live.set_code_of_end(code);
        run_all(&mut run, &mut table, now);
        assert_eq!((run.status(), run.live.code()), (expected, expected), "{reason} {code:?}");
    }
}

#[test]
fn stdout_is_flushed_if_no_other_thread_can_hold_its_lock_or_the_flush_can_be_abandoned() {
    for (inline, reason, flushes) in [
        (false, ExitReason::Exit, true),
        (true, ExitReason::Exit, false),
        (true, ExitReason::Unload, true),
        (false, ExitReason::Unload, true),
    ] {
        let (mut run, mut table, now, invocation) =
            first_of(&DECLARED[..1], Terms { inline, reason, ..terms(Duration::from_secs(1)) });
        assert!(run.settle(execute(invocation), now, &mut table, &mut Line::new()));
        let step = run.next(now, &mut table, alone(), &mut Line::new());
        assert_eq!(
            matches!(step, Step::Execute(Invocation { job: Job::Flush, .. })),
            flushes,
            "{inline} {reason}"
        );
        assert_eq!(matches!(step, Step::End), !flushes, "{inline} {reason}");
    }
}

#[test]
fn only_an_async_handler_has_time_to_drop_its_future() {
    static HANDLERS: [Declared; 2] = [
        Declared::new("a", "app", "src/main.rs", 1, 1, |_| Ok(())).timeout(Duration::from_secs(1)),
        Declared::new("b", "app", "src/main.rs", 2, 1, |_| Ok(()))
            .timeout(Duration::from_secs(1))
            .asynchronous(),
    ];
    for (handler, timeout) in HANDLERS.chunks(1).zip([Duration::ZERO, ASYNC_DROP_TIMEOUT]) {
        let (run, _, now, _) = first_of(handler, terms(Duration::from_secs(60)));
        assert_eq!(run.next_deadline(), now.plus(Duration::from_secs(1) + timeout));
    }
}

#[test]
fn as_many_handlers_run_concurrently_as_the_program_allows() {
    for threads in [1, 2] {
        let all = terms(Duration::from_secs(1));
        let (mut run, mut table, now, _) = first_of(
            &TWO_CONCURRENT,
            Terms {
                config: Config { bounds: Bounds { threads, ..all.config.bounds }, ..all.config },
                ..all
            },
        );
        assert_eq!(run.has_work_for_another(), threads == 2);
        let step = run.next(now, &mut table, alone(), &mut Line::new());
        assert_eq!(matches!(step, Step::Execute(_)), threads == 2);
        assert_eq!(matches!(step, Step::Wait), threads == 1);
        assert!(!run.has_work_for_another());
    }
}

#[test]
fn no_handler_starts_while_a_thread_prints_what_became_of_another_one() {
    let (mut run, mut table, now, _) = first_of(&TWO_CONCURRENT, terms(Duration::from_secs(60)));
    for printing in [2, 1, 0] {
        run.printing = printing;
        assert_eq!(run.has_work_for_another(), printing == 0, "{printing}");
        let step = run.next(now, &mut table, alone(), &mut Line::new());
        assert_eq!(matches!(step, Step::Wait), printing > 0, "{printing}");
        assert_eq!(matches!(step, Step::Execute(_)), printing == 0, "{printing}");
    }
}

#[test]
fn another_runner_is_needed_only_if_it_finds_a_handler() {
    assert!(!idle().has_work_for_another(), "no run");
    let (mut run, ..) = first_of(&DECLARED, terms(Duration::from_secs(1)));
    assert!(!run.has_work_for_another(), "a handler that runs alone");
    let (mut run, mut table, now, _) = first_of(&TWO_CONCURRENT, terms(Duration::from_secs(1)));
    assert!(run.has_work_for_another());
    run.out_of_budget = true;
    assert!(
        !run.has_work_for_another()
            && matches!(run.next(now, &mut table, alone(), &mut Line::new()), Step::End)
    );
}

#[test]
fn a_runner_is_waited_for_unless_it_has_ended_or_is_late_or_never_existed() {
    let (mut run, ..) = first_of(&DECLARED, terms(Duration::from_secs(1)));
    assert!(run.has_no_runner());
    run.runners.reserve();
    assert!(!run.has_no_runner());
    run.out_of_budget = true;
    assert!(run.has_no_runner());
    run.out_of_budget = false;
    run.note_no_supervisor();
    assert!(run.has_no_runner());
}

#[test]
fn threads_that_would_notice_the_end_too_late_are_woken() {
    let now = Moment::now();
    let soon = now.plus(Duration::from_millis(10));
    for (waiting, supervising, wakes_at, is_woken) in [
        (1, 1, soon, false),
        (2, 1, soon, true),
        (1, 0, soon, true),
        (1, 1, now.plus(Duration::from_secs(10)), true),
    ] {
        let mut run = idle();
        (run.waiting, run.supervising, run.wakes_at) = (waiting, supervising, wakes_at);
        assert_eq!(run.end_is_awaited(now), is_woken, "{waiting} {supervising}");
    }
}

#[test]
fn an_abandoned_invocation_is_settled_once() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(1));
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    let seen_by_handler = invocation.number;
    let mut line = Line::new();
    let late = now.plus(Duration::from_millis(5));
    run.abandon(seen_by_handler, End::Abandoned, late, &mut table, &mut line);
    assert!(!line.is_empty());
    assert!(!run.is_running(seen_by_handler) && run.is_abandoned(alone().thread));
    assert!(!run.settle(execute(invocation), now, &mut table, &mut Line::new()));
    assert!(!run.is_abandoned(alone().thread));
    assert_eq!(
        log(&run).into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(),
        [Outcome::TimedOut]
    );
}

/// A handler that is registered during the run has edges, and the new plan takes too long:
/// priorities settle the order, and one line reports that.
#[test]
fn a_late_plan_that_takes_too_long_is_abandoned_once() {
    use crate::registry::tests::place_in;
    let mut table = Table::new();
    let mut run = idle();
    let now = Moment::now();
    run.begin(
        Terms { clock: || Moment::NEVER, ..terms(Duration::from_secs(60)) },
        &DECLARED,
        true,
        &mut table,
        now,
        now,
    );
    let ids: Vec<HandlerId> =
        (0..3_000).map(|_| place_in(&mut table, 0, false, Vec::new(), Vec::new())).collect();
    place_in(&mut table, 7, false, vec![crate::handler::edge::Key::Id(ids[0])], Vec::new());
    let mut lines = Vec::new();
    loop {
        let mut line = Line::new();
        match run.next(now, &mut table, alone(), &mut line) {
            Step::Execute(invocation) => {
                assert!(run.settle(execute(invocation), now, &mut table, &mut Line::new()))
            }
            Step::Print => lines.push(text(&line)),
            _ => break,
        }
    }
    assert_eq!(lines, [format!("exitmacro: {}\n", Unplanned::OutOfTime)]);
    let handlers = run.report(Moment::now());
    assert_eq!((handlers.handlers().len(), handlers.handlers()[0].priority()), (3_003, 7));
    assert!(
        handlers.handlers().iter().all(|handler| !matches!(handler.outcome(), Outcome::Skipped(_)))
    );
}

#[test]
fn a_schedule_follows_registrations_and_removals_during_the_run() {
    use crate::registry::tests::place_in;
    let mut table = Table::new();
    let unregistered = place_in(&mut table, 0, false, Vec::new(), Vec::new());
    for priority in [3, 2] {
        place_in(&mut table, priority, false, Vec::new(), Vec::new());
    }
    place_in(&mut table, 5, false, vec![crate::handler::edge::Key::Id(unregistered)], Vec::new());
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(60));
    let mut next = |table: &mut Table| match run.next(now, table, alone(), &mut Line::new()) {
        Step::Execute(invocation) => {
            assert!(run.settle(execute(invocation), now, table, &mut Line::new()))
        }
        _ => panic!("a handler waits"),
    };
    next(&mut table);
    assert!(table.remove(unregistered).is_ok());
    next(&mut table);
    register_in(&mut table, || (), 9).expect("the run is still running");
    next(&mut table);
    next(&mut table);
    let priorities: Vec<i32> =
        run.report(Moment::now()).handlers().iter().map(|handler| handler.priority()).collect();
    assert_eq!(priorities, [3, 5, 9, 2]);
}

#[test]
fn without_budget_the_rest_is_skipped_one_by_one() {
    let mut table = Table::new();
    let id = register_in::<()>(&mut table, || panic!("skipped handlers do not run"), 0)
        .expect("the table is open");
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(1));
    let late = now.plus(Duration::from_secs(2));
    assert!(run.is_budget_spent(late) && !run.is_budget_spent(now));
    let (mut lines, mut line) = (0, Line::new());
    while matches!(run.skip_one(late, &mut table, &mut line), Step::Print) {
        lines += u32::from(!line.is_empty());
    }
    let skipped = Outcome::Skipped(SkipReason::Budget);
    assert_eq!(
        (lines, log(&run).iter().filter(|(_, outcome)| *outcome == skipped).count()),
        (3, 3)
    );
    assert_eq!(table.remove(id).err(), Some(Unregistered::Finished));
    assert!(
        run.phase == Phase::Finished
            && matches!(run.next(late, &mut table, alone(), &mut Line::new()), Step::End)
    );
}

#[test]
fn a_run_out_of_budget_does_not_end_while_another_thread_delivers() {
    let mut table = Table::new();
    let (mut run, now) = begun(&DECLARED, &mut table, Duration::from_secs(1));
    let late = now.plus(Duration::from_secs(2));
    while matches!(run.skip_one(late, &mut table, &mut Line::new()), Step::Print)
        && log(&run).len() < DECLARED.len()
    {}
    run.is_delivering = true;
    assert!(matches!(run.skip_one(late, &mut table, &mut Line::new()), Step::Wait));
    assert!(run.phase == Phase::Running);
    run.is_delivering = false;
    assert!(matches!(run.skip_one(late, &mut table, &mut Line::new()), Step::End));
    assert!(run.phase == Phase::Finished);
}

#[test]
fn a_forked_child_knows_no_run() {
    let mut table = Table::new();
    register_in(&mut table, || (), 0).expect("the table is open");
    let (mut run, now) = begun(&[], &mut table, Duration::from_secs(1));
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    run.disown();
    table.disown();
    assert!(!run.settle(execute(invocation), now, &mut table, &mut Line::new()));
    assert!(run.phase == Phase::Idle && log(&run).is_empty());
}
