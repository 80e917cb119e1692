//! The arguments of `#[at_exit(…)]`.

use crate::args::common::{AT_EXIT, HandlerOptions};
use crate::args::{Keys, Reader};
use crate::diagnostic::{Problems, error};
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitStr, Path, Result, Token};

/// The values of the arguments that are given and could be read.
#[derive(Default)]
pub(crate) struct AtExitArgs {
    /// The name that `after` and `before` of other handlers use, in place of the item's own.
    pub(crate) alias: Option<Ident>,
    pub(crate) options: HandlerOptions,
    /// Where `exitmacro` is found.
    pub(crate) runtime: Option<Path>,
    pub(crate) keys: Keys,
}

impl AtExitArgs {
    /// Reads on after a mistake, so that all of them are reported.
    pub(crate) fn read(arguments: TokenStream, problems: &mut Problems) -> Self {
        let mut args = Self::default();
        let parse = |input: ParseStream| {
            Ok(Reader::new(input, AT_EXIT.of, AT_EXIT.names)
                .read_all(problems, |reader, key| args.read_one(reader, key)))
        };
        match parse.parse2(arguments) {
            Ok(keys) => args.keys = keys,
            Err(error) => problems.push(error),
        }
        args
    }

    fn read_one(&mut self, reader: &mut Reader, key: Ident) -> Result<()> {
        match key.to_string().as_str() {
            "alias" => self.alias = reader.value(key, "alias = close_log", alias)?,
            "crate" => self.runtime = reader.runtime(key)?,
            _ => self.options.read(reader, key, &AT_EXIT)?,
        }
        Ok(())
    }
}

/// The value of `alias`.
fn alias(input: ParseStream) -> Result<Ident> {
    let start = input.span();
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return match literal.parse::<Ident>() {
            Ok(name) => error(
                literal.span(),
                format!("`alias` expects a name without quotes; write `alias = {name}`"),
            ),
            Err(_) => {
                error(literal.span(), "`alias` expects a name without quotes, such as `close_log`")
            }
        };
    }
    let name = input
        .parse()
        .map_err(|_| Error::new(start, "`alias` expects a name, such as `close_log`"))?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(name)
    } else {
        error(start, "`alias` expects one name, such as `close_log`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::common::{Fork, Thread, When};
    use proc_macro2::TokenTree;
    use std::time::Duration;

    fn read(text: &str) -> (AtExitArgs, Vec<String>) {
        let mut problems = Problems::default();
        let args = AtExitArgs::read(text.parse().unwrap(), &mut problems);
        (args, problems.messages())
    }

    fn args(text: &str) -> AtExitArgs {
        let (args, problems) = read(text);
        assert!(problems.is_empty(), "{problems:?}");
        args
    }

    fn problems(text: &str) -> Vec<String> {
        read(text).1
    }

    fn problem(text: &str) -> String {
        problems(text).join(" + ")
    }

    #[test]
    fn no_arguments_say_nothing() {
        let args = args("");
        assert!(
            args.options.priority.is_none()
                && args.options.timeout.is_none()
                && args.options.name.is_none()
        );
        assert!(
            args.options.thread.is_none() && args.options.fork.is_none() && args.runtime.is_none()
        );
        assert!(
            args.options.edges().next().is_none()
                && args.options.concurrent.is_none()
                && args.options.when.is_none()
                && args.keys.iter().next().is_none()
        );
    }

    #[test]
    fn every_argument_is_read() {
        let all = "priority = 10, timeout = \"5s\", name = \"db\", alias = d, after(a, b), before(c), concurrent, when = failure, thread = caller, fork = inherit, crate = a::b,";
        let args = args(all);
        assert_eq!(
            args.options.edges().map(|(name, _)| name).collect::<Vec<_>>(),
            ["after", "after", "before"]
        );
        assert!(
            args.options.priority.is_some()
                && args.runtime.is_some()
                && args.options.concurrent.is_some()
        );
        assert_eq!(args.options.when, Some(When::Failure));
        assert_eq!(args.options.timeout, Some(Duration::from_secs(5)));
        assert_eq!(args.options.name.unwrap().value(), "db");
        assert_eq!(args.alias.unwrap(), "d");
        assert_eq!(args.options.thread, Some(Thread::Caller));
        assert_eq!(args.options.fork, Some(Fork::Inherit));
    }

    #[test]
    fn order_does_not_matter() {
        assert_eq!(problem("thread = runner, priority = A::B + 1"), "");
    }

    #[test]
    fn near_miss_is_named() {
        assert_eq!(
            problem("prio = 1"),
            "unknown `at_exit` argument `prio`; did you mean `priority`?"
        );
        assert_eq!(
            problem("timout = \"5s\""),
            "unknown `at_exit` argument `timout`; did you mean `timeout`?"
        );
    }

    #[test]
    fn unknown_argument_gets_the_list() {
        let list = "`priority`, `timeout`, `name`, `alias`, `after`, `before`, `concurrent`, `when`, `thread`, `fork`, `crate`";
        assert_eq!(
            problem("colour = red"),
            format!("unknown `at_exit` argument `colour`; expected one of {list}")
        );
        assert_eq!(problem("5"), format!("expected an `at_exit` argument, one of {list}"));
    }

    #[test]
    fn repeated_argument_is_reported() {
        assert_eq!(problem("priority = 1, priority = 2"), "repeated `at_exit` argument `priority`");
    }

    #[test]
    fn repetition_of_a_bad_argument_is_reported() {
        assert_eq!(problems("thread = 1, thread = caller").len(), 2);
    }

    #[test]
    fn missing_value_is_reported() {
        for text in
            ["priority", "priority, name = \"a\"", "priority =", "priority = , name = \"a\""]
        {
            assert_eq!(
                problem(text),
                "missing value of `priority`; write one, such as `priority = 10`",
                "{text}"
            );
        }
    }

    #[test]
    fn missing_equals_is_reported() {
        for text in ["priority(5)", "priority: 5", "priority 5", "priority += 5"] {
            assert_eq!(
                problem(text),
                "expected `=` after `priority`, as in `priority = 10`",
                "{text}"
            );
        }
    }

    #[test]
    fn missing_comma_is_reported_once() {
        assert_eq!(problem("priority = 5 timeout = \"5s\""), "expected `,` between arguments");
        assert_eq!(
            problem("timeout = \"5s\" \"6s\", name = \"a\""),
            "expected `,` between arguments"
        );
    }

    #[test]
    fn lone_comma_is_reported_once() {
        assert!(problem(", priority = 5").starts_with("expected an `at_exit` argument"));
        assert!(
            problem("priority = 5,, thread = caller").starts_with("expected an `at_exit` argument")
        );
        assert_eq!(problems("priority = 5,, thread = caller").len(), 1);
    }

    #[test]
    fn timeout_without_quotes_gets_the_fix() {
        assert_eq!(
            problem("timeout = 5"),
            "`timeout` expects a duration in quotes; write `timeout = \"5s\"`"
        );
        assert_eq!(
            problem("timeout = 250ms"),
            "`timeout` expects a duration in quotes; write `timeout = \"250ms\"`"
        );
    }

    #[test]
    fn timeout_of_another_kind_is_reported() {
        for text in ["timeout = 1.5", "timeout = Duration::from_secs(5)", "timeout = b\"5s\""] {
            assert!(
                problem(text).starts_with("`timeout` expects a duration in quotes, such as"),
                "{text}"
            );
        }
    }

    #[test]
    fn zero_timeout_is_reported() {
        assert_eq!(
            problem("timeout = \"0s\""),
            "`timeout` must be longer than zero; leave it out for the default"
        );
    }

    #[test]
    fn thread_is_one_of_two_words() {
        assert_eq!(problem("thread = runer"), "unknown `thread` `runer`; did you mean `runner`?");
        assert_eq!(
            problem("thread = main"),
            "unknown `thread` `main`; expected one of `runner`, `caller`"
        );
        assert_eq!(
            problem("thread = \"caller\""),
            "`thread` expects `runner` or `caller`, without quotes"
        );
    }

    #[test]
    fn when_is_one_of_four_words() {
        for (text, expected) in [
            ("always", When::Always),
            ("success", When::Success),
            ("failure", When::Failure),
            ("signal", When::Signal),
        ] {
            assert_eq!(args(&format!("when = {text}")).options.when, Some(expected));
        }
        assert_eq!(problem("when = signals"), "unknown `when` `signals`; did you mean `signal`?");
        assert_eq!(
            problem("when = error"),
            "unknown `when` `error`; expected one of `always`, `success`, `failure`, `signal`"
        );
        assert_eq!(
            problem("when = \"failure\""),
            "`when` expects `always`, `success`, `failure` or `signal`, without quotes"
        );
        assert_eq!(problem("when(failure)"), "expected `=` after `when`, as in `when = failure`");
    }

    #[test]
    fn concurrent_takes_no_value() {
        for text in ["concurrent = true", "concurrent(true)", "concurrent: 5"] {
            assert_eq!(
                problem(text),
                "`concurrent` takes no value; write `concurrent` alone",
                "{text}"
            );
        }
        assert_eq!(problem("concurrent, concurrent"), "repeated `at_exit` argument `concurrent`");
        assert_eq!(
            problem("concurent"),
            "unknown `at_exit` argument `concurent`; did you mean `concurrent`?"
        );
    }

    #[test]
    fn fork_is_one_of_two_words() {
        assert_eq!(args("fork = owner").options.fork, Some(Fork::Owner));
        assert_eq!(
            problem("fork = inherited"),
            "unknown `fork` `inherited`; did you mean `inherit`?"
        );
        assert_eq!(
            problem("fork = child"),
            "unknown `fork` `child`; expected one of `owner`, `inherit`"
        );
        assert_eq!(problem("fork = true"), "`fork` expects `owner` or `inherit`, without quotes");
    }

    #[test]
    fn edges_stand_in_parentheses() {
        for text in [
            "after = close_db",
            "after: close_db",
            "after[close_db]",
            "after close_db",
            "after = (close_db)",
        ] {
            assert_eq!(
                problem(text),
                "expected parentheses after `after`, as in `after(close_db)`",
                "{text}"
            );
        }
        for text in ["before", "before, name = \"a\""] {
            assert_eq!(
                problem(text),
                "missing list of `before`; write it in parentheses, as in `before(close_db)`",
                "{text}"
            );
        }
    }

    #[test]
    fn empty_edges_are_reported() {
        let expected = "empty `after`; write a path in the parentheses, as in `after(close_db)`, or remove `after`";
        assert_eq!(problem("after(), name = \"a\""), expected);
    }

    #[test]
    fn each_edge_is_one_argument() {
        assert_eq!(problem("after(a), before(b), after(c)"), "repeated `at_exit` argument `after`");
    }

    #[test]
    fn key_of_a_bad_value_is_known() {
        let (args, problems) = read("crate = \"exitmacro\", after()");
        assert!(
            args.keys.has("crate")
                && args.runtime.is_none()
                && args.keys.has("after")
                && !args.keys.has("before")
                && problems.len() == 2
        );
    }

    #[test]
    fn crate_is_a_path() {
        assert_eq!(
            problem("crate = \"exitmacro\""),
            "`crate` expects a path without quotes, such as `::exitmacro`"
        );
    }

    #[test]
    fn every_mistake_is_reported() {
        let found = problems(
            "prio = 1, timeout = 5 name = \"\", thread = caller, thread = runner, priority = \"1\"",
        );
        assert_eq!(found.len(), 6, "{found:#?}");
    }

    #[test]
    fn literals_from_a_macro_are_read() {
        let quoted = TokenTree::Group(proc_macro2::Group::new(
            proc_macro2::Delimiter::None,
            quote::quote!("5s"),
        ));
        let tokens: TokenStream = quote::quote!(timeout = #quoted, name = #quoted);
        let mut problems = Problems::default();
        let args = AtExitArgs::read(tokens, &mut problems);
        assert!(problems.none_or(()).is_ok());
        assert_eq!(args.options.timeout, Some(Duration::from_secs(5)));
    }

    fn alias_problem(text: &str) -> String {
        alias.parse_str(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn one_name_is_read() {
        assert_eq!(alias.parse_str("close_log").unwrap(), "close_log");
        assert_eq!(alias.parse_str("r#type").unwrap(), "r#type");
    }

    #[test]
    fn other_values_are_reported() {
        assert_eq!(
            alias_problem("\"close_log\""),
            "`alias` expects a name without quotes; write `alias = close_log`"
        );
        assert_eq!(
            alias_problem("\"close log\""),
            "`alias` expects a name without quotes, such as `close_log`"
        );
        for text in ["5", "type", "_", "(a)"] {
            assert_eq!(
                alias_problem(text),
                "`alias` expects a name, such as `close_log`",
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_is_not_one_name() {
        for text in ["std::x", "close_log()", "close log", "close_log: u8"] {
            assert_eq!(
                alias_problem(text),
                "`alias` expects one name, such as `close_log`",
                "{text}"
            );
        }
    }
}
