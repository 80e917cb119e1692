//! Outcomes as events of `tracing` and `log`.

use crate::support::{Ended, Scenario, normalized, panics_abort, scenario, target};

/// The lines about handlers of these programs, of which the places are no matter.
const PLACE: &str = "tests/src/bin/events/handlers.rs:_";

#[track_caller]
fn assert(ended: &Ended, code: i32, stdout: &str, stderr: &str) {
    let found = (without_places(&ended.stdout), without_places(&ended.stderr), ended.code());
    assert_eq!(found, (stdout.to_owned(), stderr.to_owned(), code), "{ended:?}");
}

/// Without what differs from run to run: lines in the source, and times.
fn without_places(text: &str) -> String {
    let mut found = String::new();
    for line in normalized(text).split_inclusive('\n') {
        let words: Vec<_> = line.split(' ').map(without_place).collect();
        found.push_str(&words.join(" "));
    }
    found
}

fn without_place(word: &str) -> String {
    let core = word.trim_end();
    let ending = &word[core.len()..];
    if let Some((before, line)) = core.split_once("handlers.rs:") {
        let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
        return format!("{before}handlers.rs:_{rest}{ending}");
    }
    if core.starts_with("elapsed=") {
        return format!("elapsed=_{ending}");
    }
    word.to_owned()
}

fn with(program: Scenario, arguments: &[&str]) -> Scenario {
    program.with(|command| _ = command.args(arguments))
}

fn tracing(arguments: &[&str]) -> Scenario {
    with(scenario!("events_to_tracing"), arguments)
}

fn log(arguments: &[&str]) -> Scenario {
    with(scenario!("events_to_log"), arguments)
}

/// An event of `tracing` about a handler, as its own format prints it.
fn event(level: &str, sentence: &str, name: &str, priority: i32, rest: &str) -> String {
    format!(
        "{level} exitmacro: exit handler {sentence} handler=\"{name}\" location={PLACE} \
         priority={priority} {rest} elapsed=_\n"
    )
}

fn completed(priority: i32) -> String {
    event("DEBUG", "completed", "completes", priority, "outcome=\"completed\"")
}

fn failed(priority: i32) -> String {
    let rest = "outcome=\"failed\" detail=\"the disk\\nis full\"";
    event("ERROR", "failed", "fails", priority, rest)
}

fn summary(counts: [usize; 6], status: i32) -> String {
    let [completed, failed, panicked, timed_out, skipped, exited] = counts;
    let all: usize = counts.iter().sum();
    format!(
        " INFO exitmacro: the exit handlers have run reason=return status={status} handlers={all} \
         completed={completed} failed={failed} panicked={panicked} timed_out={timed_out} \
         skipped={skipped} exited={exited} elapsed=_ budget=25.0\n"
    )
}

/// The line on stderr about the handler that fails.
fn line() -> String {
    format!("exitmacro: handler `fails` ({PLACE}) failed after _s: the disk\\nis full\n")
}

#[test]
fn each_outcome_is_an_event_in_place_of_a_line() {
    let arguments = ["completes", "fails", "exits", "is skipped", "hangs", "fails on the caller"];
    let ended = tracing(&[&["prints"], &arguments[..]].concat()).run();
    let stdout = [
        completed(999),
        failed(998),
        event("DEBUG", "ended by an exit", "exits", 997, "outcome=\"exited\" detail=\"status 3\""),
        event(
            "DEBUG",
            "skipped",
            "is skipped",
            996,
            "outcome=\"skipped\" detail=\"its `when` does not match this exit\"",
        ),
        event(
            "ERROR",
            "timed out and was abandoned",
            "hangs",
            995,
            "outcome=\"timed_out\" detail=\"its timeout is _s\"",
        ),
        event(
            "ERROR",
            "failed",
            "fails on the caller",
            994,
            "outcome=\"failed\" detail=\"on the caller\"",
        ),
        summary([1, 2, 0, 1, 1, 1], 3),
    ];
    // Where nothing unwinds, the handler ends the same way.
    assert(&ended, 3, &stdout.concat().replace("its timeout is _s", "its timeout is 100ms"), "");
}

#[test]
fn a_handler_that_is_abandoned_on_the_caller_is_an_event_too() {
    let ended = tracing(&["prints errors", "hangs on the caller", "fails"]).run();
    let rest = "outcome=\"timed_out\" detail=\"its timeout is 100ms\"";
    let abandoned = event("ERROR", "timed out and was abandoned", "hangs on the caller", 999, rest);
    assert(&ended, 0, &(abandoned + &failed(998)), "");
}

#[test]
fn a_panic_is_an_event_with_its_message() {
    if panics_abort() {
        // The events follow one another on other threads there; the message is the same.
        return;
    }
    let ended = tracing(&["prints errors", "panics"]).run();
    let rest = "outcome=\"panicked\" detail=\"as asked\"";
    let panicked = event("ERROR", "panicked", "panics", 999, rest);
    assert_eq!(without_places(&ended.stdout), panicked);
    assert!(!ended.stderr.contains("exitmacro: "), "{ended:?}");
}

#[test]
fn handlers_that_run_concurrently_are_events_one_after_the_other() {
    let name = "fails concurrently";
    let ended = tracing(&["prints", name, name, name, "completes"]).run();
    let rest = "outcome=\"failed\" detail=\"concurrently\"";
    let concurrent = event("ERROR", "failed", name, 1000, rest).repeat(3);
    let stdout = concurrent + &completed(996) + &summary([1, 3, 0, 0, 0, 0], 0);
    assert(&ended, 0, &stdout, "");
}

#[test]
fn without_a_subscriber_stderr_has_the_lines() {
    for subscriber in ["is not there", "is of another thread"] {
        assert(&tracing(&[subscriber, "fails", "completes"]).run(), 0, "", &line());
    }
    assert(&log(&["is not there", "fails", "completes"]).run(), 0, "", &line());
}

#[test]
fn nothing_is_sent_where_nothing_ran() {
    assert(&tracing(&["prints"]).run(), 0, "", "");
    assert(&log(&["prints"]).run(), 0, "", "");
}

#[test]
fn what_follows_the_end_of_a_writer_goes_to_stderr() {
    let told = tracing(&["has a guard", "fails", "closes the log and says so", "fails"]).run();
    assert(&told, 0, &failed(999), &line());
}

/// A handler of priority `TELEMETRY` may close the log without a word.
#[test]
fn what_follows_telemetry_goes_to_stderr_as_well() {
    let at_last =
        format!("exitmacro: handler `fails at last` ({PLACE}) failed after _s: at last\n");
    let untold = tracing(&["has a guard", "fails", "closes the log", "fails at last"]).run();
    assert(&untold, 0, &failed(999), &at_last);
    let open = tracing(&["prints errors", "fails at last"]).run();
    let rest = "outcome=\"failed\" detail=\"at last\"";
    assert(&open, 0, &event("ERROR", "failed", "fails at last", -1000, rest), &at_last);
}

#[test]
fn a_subscriber_that_hangs_does_not_keep_the_process_from_ending() {
    let hangs = "exitmacro: `tracing` did not take an event within _s: the outcomes of handlers \
                 follow here\n";
    let ended = tracing(&["hangs", "completes", "fails", "fails"]).run();
    assert(&ended, 0, "", &format!("{hangs}{}{}", line(), line()));
    let ended = log(&["hangs", "fails", "fails"]).run();
    let hangs = hangs.replace("tracing", "log");
    assert(&ended, 0, "", &format!("{hangs}{}{}", line(), line()));
}

#[test]
fn a_subscriber_that_panics_is_one_line() {
    if panics_abort() {
        // It ends the process there.
        return;
    }
    let ended = tracing(&["panics", "completes", "fails", "fails"]).run();
    let lines: String = without_places(&ended.stderr)
        .split_inclusive('\n')
        .filter(|line| line.starts_with("exitmacro: "))
        .collect();
    let panics = "exitmacro: `tracing` panicked at an event: the writer panics; the outcomes of \
                  handlers follow here\n";
    assert_eq!((lines, ended.code()), (format!("{panics}{}{}", line(), line()), 0));
}

#[test]
fn a_subscriber_may_exit() {
    assert(&tracing(&["exits", "completes", "fails"]).run(), 4, "", "");
}

#[test]
fn a_trace_is_printed_next_to_the_events() {
    let ended = tracing(&["prints", "completes", "fails"]).env("EXITMACRO_LOG", "trace").run();
    assert_eq!(
        without_places(&ended.stdout),
        completed(999) + &failed(998) + &summary([1, 1, 0, 0, 0, 0], 0)
    );
    let printed = without_places(&ended.stderr);
    let trace = format!(
        "exitmacro: handler `completes` ({PLACE}, priority 999) completed after _s on a runner\n"
    );
    assert!(printed.contains(&trace) && printed.contains(&line()), "{printed}");
    // Not a second time.
    let ended = tracing(&["hangs", "fails"]).env("EXITMACRO_LOG", "trace").run();
    assert_eq!(without_places(&ended.stderr).matches(&line()).count(), 1, "{ended:?}");
}

const USED_UP: &str = "hangs until the budget is used up";

fn used_up(subscriber: &str) -> Ended {
    tracing(&[subscriber, USED_UP, "fails", "fails"]).env("EXITMACRO_BUDGET", "50ms").run()
}

#[test]
fn what_the_budget_cut_is_an_event() {
    let ended = used_up("prints");
    assert_eq!((ended.code(), &*ended.stderr), (0, ""), "{ended:?}");
    let stdout = without_places(&ended.stdout);
    let [first, skipped @ .., summary] = &stdout.lines().collect::<Vec<_>>()[..] else {
        panic!("{stdout}")
    };
    // On a busy machine it is skipped as well.
    assert!(
        first.starts_with("ERROR") && first.contains(&format!(" handler=\"{USED_UP}\"")),
        "{first}"
    );
    assert_eq!(skipped.len(), 2, "{stdout}");
    for line in skipped {
        assert!(
            line.starts_with("ERROR exitmacro: exit handler skipped handler=\"fails\""),
            "{line}"
        );
        assert!(line.contains("detail=\"the budget of the run is used up\""), "{line}");
    }
    assert!(
        summary.starts_with(" INFO") && summary.contains("handlers=3 completed=0"),
        "{summary}"
    );
}

#[test]
fn what_the_budget_cut_is_printed_where_no_event_is_taken() {
    let skipped =
        format!("exitmacro: handler `fails` ({PLACE}) skipped: the budget of _s is used up\n");
    let follows = |printed: &str| {
        let (first, rest) = printed.split_once('\n').expect("there are lines");
        assert!(first.starts_with(&format!("exitmacro: handler `{USED_UP}` ")), "{printed}");
        assert_eq!(rest, skipped.repeat(2));
    };
    follows(&without_places(&used_up("is not there").stderr));
    let printed = without_places(&used_up("hangs").stderr);
    let late = "exitmacro: `tracing` did not take the events within _s: the outcomes of handlers \
                follow here\n";
    follows(printed.strip_prefix(late).unwrap_or_else(|| panic!("{printed}")));
}

#[test]
fn a_record_of_log_has_the_words_and_the_fields() {
    let stdout = format!(
        "ERROR exitmacro: handler `fails` ({PLACE}) failed after _s: the disk\\nis full\n  \
         handler=\"fails\"\n  location={PLACE}\n  priority=999\n  outcome=\"failed\"\n  \
         detail=\"the disk\\nis full\"\n  elapsed=_\n\
         INFO exitmacro: the exit handlers have run (exit): 1 handler: 1 failed, in _s\n  \
         reason=exit\n  status={}\n  handlers=1\n  completed=0\n  failed=1\n  panicked=0\n  \
         timed_out=0\n  skipped=0\n  exited=0\n  elapsed=_\n  budget=25.0\n",
        if target().hook_knows_status { "0" } else { "None" }
    );
    assert(&log(&["prints", "fails"]).run(), 0, &stdout, "");
}

#[test]
fn a_skip_on_request_is_a_warning() {
    let ended = log(&["prints", "fails"]).env("EXITMACRO_SKIP", "fails").run();
    let line =
        format!("WARN exitmacro: handler `fails` ({PLACE}) skipped: EXITMACRO_SKIP matches it\n");
    assert!(without_places(&ended.stdout).starts_with(&line), "{ended:?}");
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_logger_that_is_turned_off_takes_nothing() {
    let turned_off = log(&["prints", "closes the log and says so", "fails"]).run();
    assert_eq!(without_places(&turned_off.stderr), line());
    let turned_off = log(&["prints", "closes the log", "fails at last"]).run();
    let at_last =
        format!("exitmacro: handler `fails at last` ({PLACE}) failed after _s: at last\n");
    assert_eq!(without_places(&turned_off.stderr), at_last);
}
