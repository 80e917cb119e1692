//! The names of signals, and which of them ask a program to end.

use crate::args::{comma, skip};
use crate::diagnostic::{Problems, error, hint};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::token::Bracket;
use syn::{Result, bracketed};

/// Those that may be listed.
const KNOWN: [&str; 12] =
    ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "XCPU", "XFSZ", "IO"];

/// The value of `signals`.
#[derive(Debug, PartialEq)]
pub(crate) enum Signals {
    Default,
    Only(Vec<Ident>),
}

pub(crate) fn parse(input: ParseStream) -> Result<Signals> {
    check_brackets(input)?;
    let content;
    let brackets = bracketed!(content in input);
    if content.is_empty() {
        return error(
            brackets.span.join(),
            "empty `signals`; leave it out for none, or write `signals` alone for the default set",
        );
    }
    names(&content).map(Signals::Only)
}

fn check_brackets(input: ParseStream) -> Result<()> {
    if input.peek(Bracket) {
        return Ok(());
    }
    match input.call(Ident::parse_any) {
        Ok(name) => {
            error(name.span(), format!("`signals` expects a list; write `signals = [{name}]`"))
        }
        Err(_) => {
            Err(input.error("`signals` expects a list of names in brackets, such as `[INT, TERM]`"))
        }
    }
}

fn names(input: ParseStream) -> Result<Vec<Ident>> {
    let mut names = Vec::new();
    let mut problems = Problems::default();
    while !input.is_empty() {
        if let Err(error) = name(input, &mut names) {
            problems.push(error);
            problems.keep(skip(input));
        }
        problems.keep(comma(input, "signals"));
    }
    problems.none_or(names)
}

fn name(input: ParseStream, names: &mut Vec<Ident>) -> Result<()> {
    let name = input
        .call(Ident::parse_any)
        .map_err(|_| input.error("expected the name of a signal without quotes, such as `TERM`"))?;
    check(&name)?;
    if names.contains(&name) {
        return error(name.span(), format!("repeated signal `{name}`"));
    }
    names.push(name);
    Ok(())
}

fn check(name: &Ident) -> Result<()> {
    let written = name.to_string();
    let upper = written.to_uppercase();
    let plain = upper.strip_prefix("SIG").unwrap_or(&upper);
    if let Some(reason) = refusal(plain) {
        return error(name.span(), format!("`{plain}` {reason}"));
    }
    match KNOWN.contains(&plain) {
        true if plain == written => Ok(()),
        true => error(name.span(), format!("write `{plain}` instead of `{written}`")),
        false => error(name.span(), format!("unknown signal `{written}`; {}", hint(plain, &KNOWN))),
    }
}

/// Why a signal that exists cannot be listed.
fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "KILL" | "STOP" => Some("cannot be caught by any program"),
        "SEGV" | "BUS" | "ILL" | "FPE" => {
            Some("reports a fault of the program itself; no handler may run then")
        }
        "ABRT" => Some("is not for `signals`; for a panic that aborts, write `panic_abort = run`"),
        "PIPE" => Some("is never touched: Rust programs ignore it"),
        "CHLD" | "CONT" | "TSTP" | "TTIN" | "TTOU" | "WINCH" | "URG" => {
            Some("does not end a program")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn problems(text: &str) -> Vec<String> {
        parse.parse_str(text).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    fn problem(text: &str) -> String {
        problems(text).join(" + ")
    }

    #[test]
    fn every_known_name_is_read() {
        let Signals::Only(names) = parse.parse_str(&format!("[{},]", KNOWN.join(", "))).unwrap()
        else {
            panic!()
        };
        assert_eq!(names, KNOWN);
    }

    #[test]
    fn prefix_and_lower_case_get_the_fix() {
        assert_eq!(problem("[SIGTERM]"), "write `TERM` instead of `SIGTERM`");
        assert_eq!(
            problem("[int, sighup]"),
            "write `INT` instead of `int` + write `HUP` instead of `sighup`"
        );
    }

    #[test]
    fn signals_that_cannot_be_caught_are_reported() {
        assert_eq!(problem("[KILL]"), "`KILL` cannot be caught by any program");
        assert_eq!(problem("[SIGSTOP]"), "`STOP` cannot be caught by any program");
    }

    #[test]
    fn faults_are_reported() {
        for name in ["SEGV", "BUS", "ILL", "FPE"] {
            assert_eq!(
                problem(&format!("[{name}]")),
                format!("`{name}` reports a fault of the program itself; no handler may run then")
            );
        }
    }

    #[test]
    fn abort_gets_the_argument_that_is_meant() {
        assert_eq!(
            problem("[ABRT]"),
            "`ABRT` is not for `signals`; for a panic that aborts, write `panic_abort = run`"
        );
    }

    #[test]
    fn pipe_is_reported() {
        assert_eq!(problem("[PIPE]"), "`PIPE` is never touched: Rust programs ignore it");
    }

    #[test]
    fn signals_that_end_nothing_are_reported() {
        for name in ["CHLD", "CONT", "TSTP", "TTIN", "TTOU", "WINCH", "URG"] {
            assert_eq!(problem(&format!("[{name}]")), format!("`{name}` does not end a program"));
        }
    }

    #[test]
    fn unknown_name_gets_a_hint() {
        assert_eq!(
            problem("[TREM]"),
            format!("unknown signal `TREM`; expected one of `{}`", KNOWN.join("`, `"))
        );
        assert_eq!(problem("[TERN]"), "unknown signal `TERN`; did you mean `TERM`?");
        assert_eq!(problem("[USR]"), "unknown signal `USR`; did you mean `USR1`?");
    }

    #[test]
    fn repeated_name_is_reported() {
        assert_eq!(problem("[INT, TERM, INT]"), "repeated signal `INT`");
    }

    #[test]
    fn empty_list_is_reported() {
        assert_eq!(
            problem("[]"),
            "empty `signals`; leave it out for none, or write `signals` alone for the default set"
        );
    }

    #[test]
    fn other_values_are_reported() {
        assert_eq!(problem("INT"), "`signals` expects a list; write `signals = [INT]`");
        for text in ["\"INT\"", "2", "(INT, TERM)"] {
            assert_eq!(
                problem(text),
                "`signals` expects a list of names in brackets, such as `[INT, TERM]`",
                "{text}"
            );
        }
    }

    #[test]
    fn names_are_words() {
        for text in ["[\"TERM\"]", "[15, INT]", "[, INT]", "[-INT]"] {
            assert_eq!(
                problem(text),
                "expected the name of a signal without quotes, such as `TERM`",
                "{text}"
            );
        }
        assert!(problem("[libc::SIGTERM]").starts_with("unknown signal `libc`"));
        assert_eq!(problems("[libc::SIGTERM, INT]").len(), 1);
    }

    #[test]
    fn missing_comma_is_reported() {
        assert_eq!(problem("[INT TERM]"), "expected `,` between signals");
    }

    #[test]
    fn every_mistake_is_reported() {
        assert_eq!(problems("[KILL, SIGTERM, X = 1, INT INT, INT]").len(), 5);
    }
}
