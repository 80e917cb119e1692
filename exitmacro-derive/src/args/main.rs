//! The arguments of `#[exitmacro::main(…)]` and of `config! { … }`.

use crate::args::duration::{self, Quoted};
use crate::args::signal::{self, Signals};
use crate::args::{Keys, Reader, expect, word};
use crate::diagnostic::{Problems, error};
use proc_macro2::{Ident, TokenStream};
use std::time::Duration;
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{Error, LitInt, LitStr, Path, Result, parenthesized};

/// The names of the arguments, as messages list them.
const NAMES: [&str; 10] = [
    "signals",
    "on_signal",
    "grace",
    "budget",
    "timeout",
    "threads",
    "on_failure",
    "panic_abort",
    "termination_message",
    "crate",
];

/// What the arguments say; `None` where they say nothing.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) signals: Option<Signals>,
    pub(crate) on_signal: Option<OnSignal>,
    pub(crate) grace: Option<Quoted>,
    pub(crate) budget: Option<Quoted>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) threads: Option<usize>,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) panic_abort: Option<PanicAbort>,
    pub(crate) termination_message: Option<LitStr>,
    /// Where the runtime crate is found.
    pub(crate) runtime: Option<Path>,
    pub(crate) keys: Keys,
}

/// How the process ends after the handlers that a signal has started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OnSignal {
    ExitCode,
    Reraise,
    ExitZero,
}

/// The exit status after a handler that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OnFailure {
    Keep,
    Code(i32),
}

/// Whether handlers run at a panic that aborts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PanicAbort {
    Run,
    Off,
}

/// What can be read of the arguments of the macro `of`.
pub(crate) fn read(arguments: TokenStream, of: &'static str, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let parse = |input: ParseStream| {
        Ok(Reader::new(input, of, &NAMES)
            .read_all(problems, |reader, key| settings.read(reader, key)))
    };
    let keys = parse.parse2(arguments);
    match keys {
        Ok(keys) => settings.keys = keys,
        Err(error) => problems.push(error),
    }
    settings
}

impl Settings {
    fn read(&mut self, reader: &mut Reader, key: Ident) -> Result<()> {
        match key.to_string().as_str() {
            "signals" => {
                self.signals = reader.value_or(
                    key,
                    Signals::Default,
                    "signals = [INT, TERM]",
                    signal::parse,
                )?
            }
            "on_signal" => self.on_signal = reader.value(key, "on_signal = reraise", on_signal)?,
            "grace" => {
                self.grace = reader.value(key, "grace = \"10s\"", |input| {
                    duration::quoted(input, "grace", "none")
                })?
            }
            "budget" => {
                self.budget = reader.value(key, "budget = \"25s\"", |input| {
                    duration::quoted(input, "budget", "the default")
                })?
            }
            "timeout" => self.timeout = reader.value(key, "timeout = \"5s\"", duration::timeout)?,
            "threads" => self.threads = reader.value(key, "threads = 8", threads)?,
            "on_failure" => {
                self.on_failure = reader.value(key, "on_failure = code(3)", on_failure)?
            }
            "panic_abort" => {
                self.panic_abort = reader.value(key, "panic_abort = run", panic_abort)?
            }
            "termination_message" => {
                self.termination_message = reader.value(
                    key,
                    "termination_message = \"/dev/termination-log\"",
                    termination_message,
                )?;
            }
            "crate" => self.runtime = reader.runtime(key)?,
            _ => reader.unknown(&key)?,
        }
        Ok(())
    }
}

fn on_signal(input: ParseStream) -> Result<OnSignal> {
    word(
        input,
        "on_signal",
        &[
            ("exit_code", OnSignal::ExitCode),
            ("reraise", OnSignal::Reraise),
            ("exit_zero", OnSignal::ExitZero),
        ],
    )
}

fn on_failure(input: ParseStream) -> Result<OnFailure> {
    /// `code` without its number.
    const CODE: OnFailure = OnFailure::Code(0);
    if input.peek(LitInt) {
        let number: LitInt = input.parse()?;
        return error(
            number.span(),
            format!("`on_failure` expects `keep` or a code; write `on_failure = code({number})`"),
        );
    }
    let start = input.span();
    match word(input, "on_failure", &[("keep", OnFailure::Keep), ("code", CODE)])? {
        CODE if !input.peek(Paren) => {
            error(start, "missing status of `code`; write one, such as `code(3)`")
        }
        CODE => code(input).map(OnFailure::Code),
        keep => Ok(keep),
    }
}

/// The number in parentheses behind `code`.
fn code(input: ParseStream) -> Result<i32> {
    let content;
    let parentheses = parenthesized!(content in input);
    let inside: TokenStream = content.parse()?;
    let expected = "`code` expects a number from 1 to 255";
    if inside.is_empty() {
        return error(parentheses.span.join(), expected);
    }
    let number: LitInt =
        syn::parse2(inside.clone()).map_err(|_| Error::new_spanned(inside, expected))?;
    status(&number)
}

fn status(number: &LitInt) -> Result<i32> {
    check_suffix("code", number)?;
    match number.base10_parse() {
        Ok(0) => error(
            number.span(),
            "`on_failure` never lowers the status to 0; expected a number from 1 to 255",
        ),
        Ok(status @ 1..=255) => Ok(status),
        _ => error(
            number.span(),
            format!("`{number}` is no exit status; expected a number from 1 to 255"),
        ),
    }
}

fn check_suffix(of: &str, number: &LitInt) -> Result<()> {
    let (digits, suffix) = (number.base10_digits(), number.suffix());
    if suffix.is_empty() {
        return Ok(());
    }
    error(
        number.span(),
        format!("`{of}` expects a plain number; write `{digits}` without the suffix `{suffix}`"),
    )
}

/// As many handlers may run at the same time.
fn threads(input: ParseStream) -> Result<usize> {
    let expected = "`threads` expects a number from 1 to 256, such as `8`";
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return match text.value().parse::<u8>() {
            Ok(number) => error(
                text.span(),
                format!("`threads` expects a number without quotes; write `threads = {number}`"),
            ),
            Err(_) => error(text.span(), expected),
        };
    }
    let number: LitInt = expect(input, expected)?;
    check_suffix("threads", &number)?;
    match number.base10_parse() {
        Ok(threads @ 1..=256) => Ok(threads),
        _ => error(
            number.span(),
            format!("`threads` cannot be {number}; expected a number from 1 to 256"),
        ),
    }
}

fn panic_abort(input: ParseStream) -> Result<PanicAbort> {
    word(input, "panic_abort", &[("run", PanicAbort::Run), ("off", PanicAbort::Off)])
}

fn termination_message(input: ParseStream) -> Result<LitStr> {
    let literal: LitStr = expect(
        input,
        "`termination_message` expects a path in quotes, such as \"/dev/termination-log\"",
    )?;
    let path = literal.value();
    if path.is_empty() {
        return error(literal.span(), "empty `termination_message`; leave it out to write none");
    }
    if path.contains('\0') {
        return error(
            literal.span(),
            "NUL character in `termination_message`; no path can have one",
        );
    }
    Ok(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Settings, Vec<String>) {
        let mut problems = Problems::default();
        let settings = read(text.parse().unwrap(), "main", &mut problems);
        (settings, problems.messages())
    }

    fn settings(text: &str) -> Settings {
        let (settings, problems) = read_text(text);
        assert!(problems.is_empty(), "{problems:?}");
        settings
    }

    fn problem(text: &str) -> String {
        read_text(text).1.join(" + ")
    }

    #[test]
    fn no_arguments_say_nothing() {
        let settings = settings("");
        assert!(
            settings.signals.is_none()
                && settings.on_signal.is_none()
                && settings.grace.is_none()
                && settings.budget.is_none()
        );
        assert!(
            settings.timeout.is_none()
                && settings.on_failure.is_none()
                && settings.panic_abort.is_none()
        );
        assert!(
            settings.threads.is_none()
                && settings.termination_message.is_none()
                && settings.runtime.is_none()
                && settings.keys.iter().next().is_none()
        );
    }

    #[test]
    fn every_argument_is_read() {
        let first = settings(
            "signals = [INT, TERM], on_signal = reraise, grace = \"10s\", budget = \"20s\", timeout = \"5s\",",
        );
        assert!(matches!(first.signals, Some(Signals::Only(names)) if names == ["INT", "TERM"]));
        assert_eq!(first.on_signal, Some(OnSignal::Reraise));
        assert_eq!(first.grace.unwrap().duration, Duration::from_secs(10));
        assert_eq!(first.budget.unwrap().duration, Duration::from_secs(20));
        assert_eq!(first.timeout, Some(Duration::from_secs(5)));
        let second = settings(
            "on_failure = code(3), panic_abort = off, termination_message = \"/dev/termination-log\", crate = crate::exit",
        );
        assert_eq!(second.on_failure, Some(OnFailure::Code(3)));
        assert_eq!(second.panic_abort, Some(PanicAbort::Off));
        assert_eq!(second.termination_message.unwrap().value(), "/dev/termination-log");
        assert!(second.runtime.is_some());
    }

    #[test]
    fn signals_may_stand_alone() {
        for text in ["signals", "signals,", "signals, budget = \"5s\"", "budget = \"5s\", signals"]
        {
            assert_eq!(settings(text).signals, Some(Signals::Default), "{text}");
        }
        assert_eq!(
            problem("signals ="),
            "missing value of `signals`; write one, such as `signals = [INT, TERM]`"
        );
        assert_eq!(
            problem("signals(INT)"),
            "expected `=` after `signals`, as in `signals = [INT, TERM]`"
        );
    }

    #[test]
    fn words_are_read() {
        assert_eq!(settings("on_signal = exit_code").on_signal, Some(OnSignal::ExitCode));
        assert_eq!(settings("on_signal = exit_zero").on_signal, Some(OnSignal::ExitZero));
        assert_eq!(settings("on_failure = keep").on_failure, Some(OnFailure::Keep));
        assert_eq!(settings("panic_abort = run").panic_abort, Some(PanicAbort::Run));
    }

    #[test]
    fn other_words_are_reported() {
        assert_eq!(
            problem("on_signal = exitcode"),
            "unknown `on_signal` `exitcode`; did you mean `exit_code`?"
        );
        assert_eq!(
            problem("on_signal = 0"),
            "`on_signal` expects `exit_code`, `reraise` or `exit_zero`, without quotes"
        );
        assert_eq!(
            problem("panic_abort = true"),
            "`panic_abort` expects `run` or `off`, without quotes"
        );
        assert_eq!(
            problem("on_failure = \"keep\""),
            "`on_failure` expects `keep` or `code`, without quotes"
        );
        assert_eq!(
            problem("on_failure = 3"),
            "`on_failure` expects `keep` or a code; write `on_failure = code(3)`"
        );
    }

    #[test]
    fn unknown_argument_gets_the_list() {
        let list = "`signals`, `on_signal`, `grace`, `budget`, `timeout`, `threads`, `on_failure`, `panic_abort`, `termination_message`, `crate`";
        assert_eq!(
            problem("priority = 1"),
            format!("unknown `main` argument `priority`; expected one of {list}")
        );
        assert_eq!(problem("signal"), "unknown `main` argument `signal`; did you mean `signals`?");
        assert_eq!(problem("5"), format!("expected a `main` argument, one of {list}"));
    }

    #[test]
    fn durations_are_in_quotes_and_longer_than_zero() {
        assert_eq!(
            problem("grace = 10"),
            "`grace` expects a duration in quotes; write `grace = \"10s\"`"
        );
        assert_eq!(
            problem("grace = \"0s\""),
            "`grace` must be longer than zero; leave it out for none"
        );
        for key in ["budget", "timeout"] {
            assert_eq!(
                problem(&format!("{key} = \"0ms\"")),
                format!("`{key}` must be longer than zero; leave it out for the default")
            );
        }
    }

    #[test]
    fn threads_are_a_number() {
        for (text, expected) in [("1", 1), ("0x20", 32), ("256", 256)] {
            assert_eq!(settings(&format!("threads = {text}")).threads, Some(expected));
        }
        for number in ["0", "-1", "257", "99999999999999999999"] {
            assert_eq!(
                problem(&format!("threads = {number}")),
                format!("`threads` cannot be {number}; expected a number from 1 to 256")
            );
        }
        assert_eq!(
            problem("threads = 8usize"),
            "`threads` expects a plain number; write `8` without the suffix `usize`"
        );
        assert_eq!(
            problem("threads = \"8\""),
            "`threads` expects a number without quotes; write `threads = 8`"
        );
        for text in ["threads = \"many\"", "threads = N", "threads = 1.5", "threads = all"] {
            assert_eq!(
                problem(text),
                "`threads` expects a number from 1 to 256, such as `8`",
                "{text}"
            );
        }
        assert_eq!(
            problem("threads"),
            "missing value of `threads`; write one, such as `threads = 8`"
        );
    }

    #[test]
    fn code_is_a_status_of_failure() {
        assert_eq!(settings("on_failure = code(0xff)").on_failure, Some(OnFailure::Code(255)));
        assert_eq!(
            problem("on_failure = code(0)"),
            "`on_failure` never lowers the status to 0; expected a number from 1 to 255"
        );
        for number in ["256", "-1", "99999999999999999999"] {
            let expected = format!("`{number}` is no exit status; expected a number from 1 to 255");
            assert_eq!(problem(&format!("on_failure = code({number})")), expected);
        }
        assert_eq!(
            problem("on_failure = code(3u8)"),
            "`code` expects a plain number; write `3` without the suffix `u8`"
        );
    }

    #[test]
    fn code_has_one_number_in_parentheses() {
        for text in ["on_failure = code", "on_failure = code 3", "on_failure = code[3], signals"] {
            assert_eq!(
                problem(text),
                "missing status of `code`; write one, such as `code(3)`",
                "{text}"
            );
        }
        for text in [
            "on_failure = code()",
            "on_failure = code(FAILED)",
            "on_failure = code(\"3\")",
            "on_failure = code(3, 4)",
        ] {
            assert_eq!(problem(text), "`code` expects a number from 1 to 255", "{text}");
        }
    }

    #[test]
    fn termination_message_is_a_path() {
        assert!(
            problem("termination_message = log")
                .starts_with("`termination_message` expects a path in quotes")
        );
        assert_eq!(
            problem("termination_message = \"\""),
            "empty `termination_message`; leave it out to write none"
        );
        assert_eq!(
            problem("termination_message = \"a\\0b\""),
            "NUL character in `termination_message`; no path can have one"
        );
    }

    #[test]
    fn key_of_a_bad_value_is_known() {
        let (settings, _) = read_text("signals = [FOO], grace = 1, budget =");
        assert!(
            ["signals", "grace", "budget"].iter().all(|name| settings.keys.find(name).is_some())
        );
        assert!(settings.keys.find("timeout").is_none());
    }

    #[test]
    fn every_mistake_is_reported() {
        let (_, problems) = read_text(
            "signals = [KILL, FOO], on_signal = raise, grace = 5, budget = \"x\", on_failure = code(0), colour = red, signals",
        );
        assert_eq!(problems.len(), 8, "{problems:#?}");
    }
}
