//! The arguments of `#[at_exit(…)]`.

use crate::diagnostic::Problems;
use crate::reader::{Reader, word};
use crate::{duration, name, priority};
use proc_macro2::Ident;
use std::time::Duration;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, LitStr, Path, Result};

/// The names of the arguments, as messages list them.
const NAMES: [&str; 6] = ["priority", "timeout", "name", "thread", "fork", "crate"];

/// What the arguments say; `None` where they say nothing.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) priority: Option<Expr>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) name: Option<LitStr>,
    pub(crate) thread: Option<Thread>,
    pub(crate) fork: Option<Fork>,
    /// Where the runtime crate is found.
    pub(crate) runtime: Option<Path>,
}

/// The thread a handler runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Thread {
    Runner,
    Caller,
}

/// The processes a handler runs in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fork {
    Owner,
    Inherit,
}

impl Parse for Args {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut args = Args::default();
        let mut problems = Problems::default();
        Reader::new(input, "at_exit", &NAMES).read_all(&mut problems, |reader, key| args.read(reader, key));
        problems.none_or(args)
    }
}

impl Args {
    fn read(&mut self, reader: &mut Reader, key: Ident) -> Result<()> {
        match key.to_string().as_str() {
            "priority" => self.priority = reader.value(key, "priority = 10", priority::parse)?,
            "timeout" => self.timeout = reader.value(key, "timeout = \"5s\"", duration::timeout)?,
            "name" => self.name = reader.value(key, "name = \"close the database\"", |input| name::parse(input, "the item's path"))?,
            "thread" => self.thread = reader.value(key, "thread = caller", thread)?,
            "fork" => self.fork = reader.value(key, "fork = inherit", fork)?,
            "crate" => self.runtime = reader.runtime(key)?,
            _ => reader.unknown(&key)?,
        }
        Ok(())
    }
}

fn thread(input: ParseStream) -> Result<Thread> {
    word(input, "thread", &[("runner", Thread::Runner), ("caller", Thread::Caller)])
}

fn fork(input: ParseStream) -> Result<Fork> {
    word(input, "fork", &[("owner", Fork::Owner), ("inherit", Fork::Inherit)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{TokenStream, TokenTree};

    fn parse(text: &str) -> Result<Args> {
        syn::parse_str(text)
    }

    fn problems(text: &str) -> Vec<String> {
        parse(text).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    fn problem(text: &str) -> String {
        problems(text).join(" + ")
    }

    #[test]
    fn no_arguments_say_nothing() {
        let args = parse("").unwrap();
        assert!(args.priority.is_none() && args.timeout.is_none() && args.name.is_none());
        assert!(args.thread.is_none() && args.fork.is_none() && args.runtime.is_none());
    }

    #[test]
    fn every_argument_is_read() {
        let args = parse("priority = 10, timeout = \"5s\", name = \"db\", thread = caller, fork = inherit, crate = crate::exit,").unwrap();
        assert!(args.priority.is_some() && args.runtime.is_some());
        assert_eq!(args.timeout, Some(Duration::from_secs(5)));
        assert_eq!(args.name.unwrap().value(), "db");
        assert_eq!(args.thread, Some(Thread::Caller));
        assert_eq!(args.fork, Some(Fork::Inherit));
    }

    #[test]
    fn order_does_not_matter() {
        assert_eq!(problem("thread = runner, priority = A::B + 1"), "");
    }

    #[test]
    fn near_miss_is_named() {
        assert_eq!(problem("prio = 1"), "unknown `at_exit` argument `prio`; did you mean `priority`?");
        assert_eq!(problem("timout = \"5s\""), "unknown `at_exit` argument `timout`; did you mean `timeout`?");
    }

    #[test]
    fn unknown_argument_gets_the_list() {
        let list = "`priority`, `timeout`, `name`, `thread`, `fork`, `crate`";
        assert_eq!(problem("colour = red"), format!("unknown `at_exit` argument `colour`; expected one of {list}"));
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
        for text in ["priority", "priority, name = \"a\"", "priority =", "priority = , name = \"a\""] {
            assert_eq!(problem(text), "missing value of `priority`; write one, such as `priority = 10`", "{text}");
        }
    }

    #[test]
    fn missing_equals_is_reported() {
        for text in ["priority(5)", "priority: 5", "priority 5", "priority += 5"] {
            assert_eq!(problem(text), "expected `=` after `priority`, as in `priority = 10`", "{text}");
        }
    }

    #[test]
    fn missing_comma_is_reported_once() {
        assert_eq!(problem("priority = 5 timeout = \"5s\""), "expected `,` between arguments");
        assert_eq!(problem("timeout = \"5s\" \"6s\", name = \"a\""), "expected `,` between arguments");
    }

    #[test]
    fn lone_comma_is_reported_once() {
        assert!(problem(", priority = 5").starts_with("expected an `at_exit` argument"));
        assert!(problem("priority = 5,, thread = caller").starts_with("expected an `at_exit` argument"));
        assert_eq!(problems("priority = 5,, thread = caller").len(), 1);
    }

    #[test]
    fn timeout_without_quotes_gets_the_fix() {
        assert_eq!(problem("timeout = 5"), "`timeout` expects a duration in quotes; write `timeout = \"5s\"`");
        assert_eq!(problem("timeout = 250ms"), "`timeout` expects a duration in quotes; write `timeout = \"250ms\"`");
    }

    #[test]
    fn timeout_of_another_kind_is_reported() {
        for text in ["timeout = 1.5", "timeout = Duration::from_secs(5)", "timeout = b\"5s\""] {
            assert!(problem(text).starts_with("`timeout` expects a duration in quotes, such as"), "{text}");
        }
    }

    #[test]
    fn zero_timeout_is_reported() {
        assert_eq!(problem("timeout = \"0s\""), "`timeout` must be longer than zero; leave it out for the default");
    }

    #[test]
    fn thread_is_one_of_two_words() {
        assert_eq!(problem("thread = runer"), "unknown `thread` `runer`; did you mean `runner`?");
        assert_eq!(problem("thread = main"), "unknown `thread` `main`; expected one of `runner`, `caller`");
        assert_eq!(problem("thread = \"caller\""), "`thread` expects `runner` or `caller`, without quotes");
    }

    #[test]
    fn fork_is_one_of_two_words() {
        assert_eq!(parse("fork = owner").unwrap().fork, Some(Fork::Owner));
        assert_eq!(problem("fork = inherited"), "unknown `fork` `inherited`; did you mean `inherit`?");
        assert_eq!(problem("fork = child"), "unknown `fork` `child`; expected one of `owner`, `inherit`");
        assert_eq!(problem("fork = true"), "`fork` expects `owner` or `inherit`, without quotes");
    }

    #[test]
    fn crate_is_a_path() {
        assert_eq!(problem("crate = \"exitmacro\""), "`crate` expects a path without quotes, such as `::exitmacro`");
    }

    #[test]
    fn every_mistake_is_reported() {
        let found = problems("prio = 1, timeout = 5 name = \"\", thread = caller, thread = runner, priority = \"1\"");
        assert_eq!(found.len(), 6, "{found:#?}");
    }

    #[test]
    fn literals_from_a_macro_are_read() {
        let quoted = TokenTree::Group(proc_macro2::Group::new(proc_macro2::Delimiter::None, quote::quote!("5s")));
        let tokens: TokenStream = quote::quote!(timeout = #quoted, name = #quoted);
        let args: Args = syn::parse2(tokens).unwrap();
        assert_eq!(args.timeout, Some(Duration::from_secs(5)));
    }
}
