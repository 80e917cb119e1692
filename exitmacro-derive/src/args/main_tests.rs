use super::*;
use crate::marks;

fn settings(text: &str) -> Settings {
    let mut problems = Problems::default();
    let settings = read(text.parse().unwrap(), "main", &mut problems);
    assert!(problems.messages().is_empty(), "{text}");
    settings
}

#[track_caller]
fn check(code: &str) {
    marks::check(code, |text, problems| {
        read(text.parse().unwrap(), "main", problems);
    });
}

#[test]
fn every_argument_is_read() {
    let first = settings(
        "signals = [INT, TERM], on_signal = reraise, grace = \"10s\", budget = \"20s\", \
         timeout = \"5s\",",
    );
    assert!(matches!(first.signals, Some(Signals::Only(names)) if names == ["INT", "TERM"]));
    assert_eq!(first.on_signal, Some(OnSignal::Reraise));
    assert_eq!(first.grace.unwrap().duration, Duration::from_secs(10));
    assert_eq!(first.budget.unwrap().duration, Duration::from_secs(20));
    assert_eq!(first.timeout, Some(Duration::from_secs(5)));
    assert!(first.on_failure.is_none() && first.panic_abort.is_none());
    assert!(first.threads.is_none() && first.termination_message.is_none());
    assert!(first.crate_path.is_none() && first.report_to.is_none());
    assert!(first.status.is_none());
    let second = settings(
        "on_failure = code(3), panic_abort = off, crate = crate::exit, threads = 8, \
         status = off, termination_message = \"/dev/termination-log\", report_to = tracing",
    );
    assert_eq!(second.status, Some(Status::Off));
    assert_eq!(second.on_failure, Some(OnFailure::Code(3)));
    assert_eq!(second.panic_abort, Some(PanicAbort::Off));
    assert_eq!(second.threads, Some(8));
    assert_eq!(second.termination_message.unwrap().value(), "/dev/termination-log");
    assert_eq!(second.report_to.unwrap().0, ReportTo::Tracing);
    assert!(second.crate_path.is_some());
    assert!(second.signals.is_none() && second.on_signal.is_none() && second.grace.is_none());
    assert!(second.budget.is_none() && second.timeout.is_none());
}

#[test]
fn signals_may_stand_alone() {
    for text in ["signals", "signals,", "signals, budget = \"5s\"", "budget = \"5s\", signals"] {
        assert_eq!(settings(text).signals, Some(Signals::Default), "{text}");
    }
    check("«signals» =");
    check("signals«(»INT)");
}

#[test]
fn words_are_read() {
    assert_eq!(settings("on_signal = exit_code").on_signal, Some(OnSignal::ExitCode));
    assert_eq!(settings("on_signal = exit_zero").on_signal, Some(OnSignal::ExitZero));
    assert_eq!(settings("on_failure = keep").on_failure, Some(OnFailure::Keep));
    assert_eq!(settings("panic_abort = run").panic_abort, Some(PanicAbort::Run));
    assert_eq!(settings("status = on").status, Some(Status::On));
    for (text, sink) in
        [("stderr", ReportTo::Stderr), ("tracing", ReportTo::Tracing), ("log", ReportTo::Log)]
    {
        let settings = settings(&format!("report_to = {text}"));
        assert!(settings.report_to.is_some_and(|(read, word)| read == sink && word == text));
    }
    for value in ["«\"log\"»", "«slog»", "«1»"] {
        check(&format!("report_to = {value}"));
    }
}

#[test]
fn other_words_are_reported() {
    for code in [
        "on_signal = «exitcode»",
        "on_signal = «0»",
        "panic_abort = «true»",
        "status = «true»",
        "status = «\"off\"»",
        "on_failure = «\"keep\"»",
        "on_failure = «3»",
    ] {
        check(code);
    }
}

#[test]
fn unknown_argument_is_reported() {
    for code in ["«priority» = 1", "«signal»", "«5»"] {
        check(code);
    }
}

#[test]
fn durations_are_in_quotes_and_longer_than_zero() {
    check("grace = «10»");
    for key in ["grace", "budget", "timeout"] {
        check(&format!("{key} = «\"0ms\"»"));
    }
}

#[test]
fn threads_are_a_number() {
    for (text, expected) in [("1", 1), ("0x20", 32), ("256", 256)] {
        assert_eq!(settings(&format!("threads = {text}")).threads, Some(expected));
    }
    for value in [
        "«0»",
        "«-1»",
        "«257»",
        "«99999999999999999999»",
        "«8usize»",
        "«\"8\"»",
        "«\"many\"»",
        "«N»",
        "«1.5»",
        "«all»",
    ] {
        check(&format!("threads = {value}"));
    }
    check("«threads»");
}

#[test]
fn code_is_a_status_of_failure() {
    assert_eq!(settings("on_failure = code(0xff)").on_failure, Some(OnFailure::Code(255)));
    for number in ["0", "256", "-1", "99999999999999999999", "3u8"] {
        check(&format!("on_failure = code(«{number}»)"));
    }
}

#[test]
fn code_has_one_number_in_parentheses() {
    for code in [
        "on_failure = «code»",
        "on_failure = «code» 3",
        "on_failure = «code»[3], signals",
        "on_failure = code«()»",
        "on_failure = code(«FAILED»)",
        "on_failure = code(«\"3\"»)",
        "on_failure = code(«3, 4»)",
    ] {
        check(code);
    }
}

#[test]
fn termination_message_is_a_path() {
    for value in ["«log»", "«\"\"»", "«\"a\\0b\"»"] {
        check(&format!("termination_message = {value}"));
    }
}

#[test]
fn key_of_a_bad_value_is_known() {
    let text = "signals = [FOO], grace = 1, budget =";
    let settings = read(text.parse().unwrap(), "main", &mut Problems::default());
    assert!(["signals", "grace", "budget"].iter().all(|name| settings.keys.has(name)));
    assert!(!settings.keys.has("timeout"));
}

#[test]
fn every_mistake_is_reported() {
    check(
        "signals = [«KILL», «FOO»], on_signal = «raise», grace = «5», budget = «\"x\"», \
         on_failure = code(«0»), «colour» = red, «signals»",
    );
}

/// What the message about these arguments says to write.
fn advice(text: &str) -> Option<String> {
    let mut problems = Problems::default();
    read(text.parse().unwrap(), "main", &mut problems);
    let messages = problems.messages();
    assert_eq!(messages.len(), 1, "{text}");
    let (_, advice) = messages[0].split_once("write `")?;
    advice.split_once('`').map(|(advice, _)| advice.to_owned())
}

#[test]
fn what_a_message_says_to_write_is_read() {
    for text in [
        "on_failure = 3",
        "on_failure = 3u8",
        "threads = \"8\"",
        "threads = \"256\"",
        "signals = TERM",
        "budget = 1_000",
        "grace = 5u64",
    ] {
        settings(&advice(text).expect("an advice"));
    }
    for text in ["threads = 8u8", "on_failure = code(8u8)"] {
        assert_eq!(advice(text).as_deref(), Some("8"));
    }
}

#[test]
fn where_no_value_is_meant_a_message_says_nothing_to_write() {
    for text in [
        "on_failure = 300",
        "on_failure = 0",
        "on_failure = -1",
        "on_failure = code(300u16)",
        "on_failure = code(0u8)",
        "threads = \"0\"",
        "threads = \"257\"",
        "threads = 999u16",
        "signals = ERR",
        "budget = -5",
        "grace = 0",
    ] {
        assert_eq!(advice(text), None, "{text}");
    }
}
