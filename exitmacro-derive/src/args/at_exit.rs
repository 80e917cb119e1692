//! The arguments of `#[at_exit(…)]`.

use crate::args::options::{AT_EXIT, HandlerOptions};
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
    pub(crate) crate_path: Option<Path>,
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
            "crate" => self.crate_path = reader.crate_path(key)?,
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
    use crate::args::options::{Fork, Thread, When};
    use crate::marks;
    use proc_macro2::{Delimiter, Group, TokenTree};
    use quote::quote;
    use std::time::Duration;

    fn args(text: &str) -> AtExitArgs {
        let mut problems = Problems::default();
        let args = AtExitArgs::read(text.parse().unwrap(), &mut problems);
        assert!(problems.messages().is_empty(), "{text}");
        args
    }

    #[track_caller]
    fn check(code: &str) {
        marks::check(code, |text, problems| {
            AtExitArgs::read(text.parse().unwrap(), problems);
        });
    }

    #[test]
    fn every_argument_is_read() {
        let args = args(
            "priority = 10, timeout = \"5s\", name = \"db\", alias = d, after(a, b), before(c), \
             concurrent, when = failure, thread = caller, fork = inherit, crate = a::b,",
        );
        let options = args.options;
        assert_eq!(
            options.edges().map(|(name, _)| name).collect::<Vec<_>>(),
            ["after", "after", "before"]
        );
        assert!(options.priority.is_some() && options.concurrent.is_some());
        assert_eq!(options.timeout, Some(Duration::from_secs(5)));
        assert_eq!(options.name.unwrap().value(), "db");
        assert_eq!(options.when, Some(When::Failure));
        assert_eq!(options.thread, Some(Thread::Caller));
        assert_eq!(options.fork, Some(Fork::Inherit));
        assert_eq!(args.alias.unwrap(), "d");
        assert!(args.crate_path.is_some());
    }

    #[test]
    fn order_does_not_matter() {
        check("thread = runner, priority = A::B + 1");
    }

    #[test]
    fn unknown_argument_is_reported() {
        for code in ["«prio» = 1", "«timout» = \"5s\"", "«concurent»", "«with» = close", "«5»"]
        {
            check(code);
        }
    }

    #[test]
    fn repeated_argument_is_reported() {
        check("priority = 1, «priority» = 2");
        check("concurrent, «concurrent»");
        check("after(a), before(b), «after»(c)");
        check("thread = «1», «thread» = caller");
    }

    #[test]
    fn missing_value_is_reported() {
        for code in [
            "«priority»",
            "«priority», name = \"a\"",
            "«priority» =",
            "«priority» = , name = \"a\"",
        ] {
            check(code);
        }
    }

    #[test]
    fn missing_equals_is_reported() {
        for code in
            ["priority«(»5)", "priority«:» 5", "priority «5»", "priority «+»= 5", "when«(»failure)"]
        {
            check(code);
        }
    }

    #[test]
    fn missing_comma_is_reported_once() {
        check("priority = 5 «timeout» = \"5s\"");
        check("timeout = \"5s\" «\"6s\"», name = \"a\"");
    }

    #[test]
    fn lone_comma_is_reported_once() {
        check("«,» priority = 5");
        check("priority = 5,«,» thread = caller");
    }

    #[test]
    fn key_of_a_bad_value_is_known() {
        let mut problems = Problems::default();
        let args =
            AtExitArgs::read("crate = \"exitmacro\", after()".parse().unwrap(), &mut problems);
        let has = |name| args.keys.has(name);
        assert!(has("crate") && has("after") && !has("before") && args.crate_path.is_none());
        assert_eq!(problems.errors().count(), 2);
    }

    #[test]
    fn every_mistake_is_reported() {
        check(
            "«prio» = 1, timeout = «5» «name» = «\"\"», thread = caller, «thread» = runner, \
             priority = «\"1\"»",
        );
    }

    #[test]
    fn literals_from_a_macro_are_read() {
        let quoted = TokenTree::Group(Group::new(Delimiter::None, quote!("5s")));
        let mut problems = Problems::default();
        let args =
            AtExitArgs::read(quote!(timeout = #quoted, name = #quoted), &mut problems).options;
        assert_eq!(problems.errors().count(), 0);
        assert_eq!(args.timeout, Some(Duration::from_secs(5)));
        assert_eq!(args.name.unwrap().value(), "5s");
    }

    #[test]
    fn alias_is_one_name() {
        assert_eq!(args("alias = close_log").alias.unwrap(), "close_log");
        assert_eq!(args("alias = r#type, concurrent").alias.unwrap(), "r#type");
        for value in [
            "«\"close_log\"»",
            "«\"close log\"»",
            "«5»",
            "«type»",
            "«_»",
            "«(»a)",
            "«std»::x",
            "«close_log»()",
            "«close» log",
            "«close_log»: u8",
        ] {
            check(&format!("alias = {value}, concurrent"));
        }
    }
}
