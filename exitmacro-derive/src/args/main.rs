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
pub(crate) const NAMES: [&str; 12] = [
    "signals",
    "on_signal",
    "grace",
    "budget",
    "timeout",
    "threads",
    "on_failure",
    "panic_abort",
    "status",
    "termination_message",
    "report_to",
    "crate",
];

/// The values of the arguments that are given and could be read.
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
    pub(crate) status: Option<Status>,
    pub(crate) termination_message: Option<LitStr>,
    /// With the word that was written.
    pub(crate) report_to: Option<(ReportTo, Ident)>,
    /// Where `exitmacro` is found.
    pub(crate) crate_path: Option<Path>,
    pub(crate) keys: Keys,
}

/// How the process ends after a signal has started the handlers.
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

/// What is told of the outcomes of handlers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ReportTo {
    Stderr,
    Tracing,
    Log,
}

/// Whether a line on the terminal shows what a run waits for that takes long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Status {
    On,
    Off,
}

/// The arguments of the macro `of`. Reads on after a mistake, so that all of them are reported.
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
                self.signals =
                    reader.value_or(key, Signals::Default, "signals = [INT, TERM]", |input| {
                        signal::parse(input, &NAMES)
                    })?
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
            "status" => self.status = reader.value(key, "status = off", status)?,
            "termination_message" => {
                self.termination_message = reader.value(
                    key,
                    "termination_message = \"/dev/termination-log\"",
                    termination_message,
                )?;
            }
            "report_to" => self.report_to = reader.value(key, "report_to = tracing", report_to)?,
            "crate" => self.crate_path = reader.crate_path(key)?,
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
        return match number.base10_parse() {
            Ok(status @ 1..=255_i32) => error(
                number.span(),
                format!(
                    "`on_failure` expects `keep` or a code; write `on_failure = code({status})`"
                ),
            ),
            _ => error(
                number.span(),
                "`on_failure` expects `keep` or a code from 1 to 255, such as `code(3)`",
            ),
        };
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

/// The number in parentheses after `code`.
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
    failure_status(&number)
}

fn failure_status(number: &LitInt) -> Result<i32> {
    match number.base10_parse() {
        Ok(1..=255) if !number.suffix().is_empty() => error_of_suffix("code", number),
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

fn error_of_suffix<T>(of: &str, number: &LitInt) -> Result<T> {
    let (digits, suffix) = (number.base10_digits(), number.suffix());
    error(
        number.span(),
        format!("`{of}` expects a plain number; write `{digits}` without the suffix `{suffix}`"),
    )
}

/// How many handlers may run at the same time.
fn threads(input: ParseStream) -> Result<usize> {
    let expected = "`threads` expects a number from 1 to 256, such as `8`";
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return match text.value().parse::<usize>() {
            Ok(number @ 1..=256) => error(
                text.span(),
                format!("`threads` expects a number without quotes; write `threads = {number}`"),
            ),
            _ => error(text.span(), expected),
        };
    }
    let number: LitInt = expect(input, expected)?;
    match number.base10_parse() {
        Ok(1..=256) if !number.suffix().is_empty() => error_of_suffix("threads", &number),
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

fn report_to(input: ParseStream) -> Result<(ReportTo, Ident)> {
    let written = input.fork();
    let sink = word(
        input,
        "report_to",
        &[("stderr", ReportTo::Stderr), ("tracing", ReportTo::Tracing), ("log", ReportTo::Log)],
    )?;
    Ok((sink, written.parse()?))
}

fn status(input: ParseStream) -> Result<Status> {
    word(input, "status", &[("on", Status::On), ("off", Status::Off)])
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
#[path = "main_tests.rs"]
mod tests;
