//! The value of `signals`: the names of signals that ask a program to end.

use crate::args::bare_list::BareList;
use crate::args::{comma, skip};
use crate::diagnostic::{Problems, error, hint};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::token::Bracket;
use syn::{Error, Result, bracketed};

/// The signals that may be listed.
const KNOWN: [&str; 12] =
    ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "XCPU", "XFSZ", "IO"];

#[derive(Debug, PartialEq)]
pub(crate) enum Signals {
    Default,
    Only(Vec<Ident>),
}

/// A list without brackets ends at one of `arguments`, the names of other arguments.
pub(crate) fn parse(input: ParseStream, arguments: &[&str]) -> Result<Signals> {
    if !input.peek(Bracket) {
        return without_brackets(input, arguments);
    }
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

fn without_brackets<T>(input: ParseStream, arguments: &[&str]) -> Result<T> {
    let start = input.span();
    let list = BareList::parse(input, arguments)?;
    if list.is_empty() {
        return error(
            start,
            "`signals` expects a list of names in brackets, such as `[INT, TERM]`",
        );
    }
    // The names are checked first: they are part of the advice.
    names.parse2(list.to_token_stream())?;
    Err(Error::new_spanned(&list, format!("`signals` expects a list; write `signals = [{list}]`")))
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
    use crate::marks;

    fn parse(input: ParseStream) -> Result<Signals> {
        super::parse(input, &["grace", "signals"])
    }

    #[track_caller]
    fn check_value(code: &str, parse: fn(ParseStream) -> Result<Signals>) {
        marks::check_value(code, parse);
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
    fn prefix_and_lower_case_are_reported() {
        check_value("[«SIGTERM»]", parse);
        check_value("[«int», «sighup»]", parse);
    }

    #[test]
    fn signals_that_exist_and_run_no_handlers_are_refused() {
        for name in [
            "KILL", "STOP", "SEGV", "BUS", "ILL", "FPE", "ABRT", "PIPE", "CHLD", "CONT", "TSTP",
            "TTIN", "TTOU", "WINCH", "URG",
        ] {
            assert!(refusal(name).is_some(), "{name}");
            check_value(&format!("[«{name}», «SIG{name}», «{}»]", name.to_lowercase()), parse);
        }
        assert!(KNOWN.iter().all(|name| refusal(name).is_none()));
    }

    #[test]
    fn unknown_name_is_reported() {
        for name in ["TREM", "TERN", "USR"] {
            assert!(refusal(name).is_none(), "{name}");
            check_value(&format!("[INT, «{name}»]"), parse);
        }
    }

    #[test]
    fn repeated_name_is_reported() {
        check_value("[INT, TERM, «INT»]", parse);
    }

    #[test]
    fn empty_list_is_reported() {
        check_value("«[]»", parse);
    }

    #[test]
    fn other_values_are_reported() {
        for code in ["«INT»", "«\"INT\"»", "«2»", "«(»INT, TERM)"] {
            check_value(code, parse);
        }
    }

    #[test]
    fn list_without_brackets_is_one_mistake() {
        for code in ["«INT, TERM»", "«INT | TERM»"] {
            check_value(code, parse);
        }
        check_value("INT, «sigterm», «FOO»", parse);
        let unbracketed = |input: ParseStream| {
            let error = parse(input).unwrap_err();
            let rest: proc_macro2::TokenStream = input.parse()?;
            Ok((error.to_string(), rest.to_string()))
        };
        let (message, rest) = unbracketed.parse_str("INT, TERM, grace = \"5s\"").unwrap();
        assert_eq!(message, "`signals` expects a list; write `signals = [INT, TERM]`");
        assert_eq!(rest, ", grace = \"5s\"");
    }

    #[test]
    fn names_are_words() {
        for code in ["[«\"TERM\"»]", "[«15», INT]", "[«,» INT]", "[«-»INT]"] {
            check_value(code, parse);
        }
        check_value("[«libc»::SIGTERM, INT]", parse);
    }

    #[test]
    fn missing_comma_is_reported() {
        check_value("[INT «TERM»]", parse);
    }

    #[test]
    fn every_mistake_is_reported() {
        check_value("[«KILL», «SIGTERM», «X» = 1, INT «INT», «INT»]", parse);
    }
}
