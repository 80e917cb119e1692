//! The arguments of `#[cleanup(…)]`, on a type and on a field.

use crate::args::common::{CLEANUP, HandlerOptions};
use crate::args::method::{self, Method};
use crate::args::{Keys, Reader};
use crate::diagnostic::{Problems, error};
use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Attribute, Meta, Path, Result};

/// The names of the arguments on a field.
const NAMES_ON_FIELDS: [&str; 1] = ["skip"];

/// The values of the arguments on a type that are given and could be read.
#[derive(Default)]
pub(crate) struct CleanupArgs {
    pub(crate) with: Option<Method>,
    pub(crate) discard: Option<Method>,
    pub(crate) options: HandlerOptions,
    /// Where `exitmacro` is found.
    pub(crate) runtime: Option<Path>,
    pub(crate) keys: Keys,
}

impl CleanupArgs {
    /// Reads the attributes of a type. Reads on after a mistake, so that all of them are reported.
    pub(crate) fn read(attributes: &[Attribute], problems: &mut Problems) -> Self {
        let mut args = Self::default();
        args.keys = read_all(attributes, "with = close", CLEANUP.names, problems, |reader, key| {
            args.read_one(reader, key)
        });
        args
    }

    fn read_one(&mut self, reader: &mut Reader, key: Ident) -> Result<()> {
        match key.to_string().as_str() {
            "with" => {
                self.with =
                    reader.value(key, "with = close", |input| method::parse(input, "with"))?
            }
            "discard" => {
                self.discard = reader
                    .value(key, "discard = abandon", |input| method::parse(input, "discard"))?
            }
            "crate" => self.runtime = reader.runtime(key)?,
            "skip" => error(key.span(), "`skip` goes on a field")?,
            _ => self.options.read(reader, key, &CLEANUP)?,
        }
        Ok(())
    }
}

/// The `skip` of a field, if it has one.
pub(crate) fn skip(attributes: &[Attribute], problems: &mut Problems) -> Option<Ident> {
    read_all(attributes, "skip", &NAMES_ON_FIELDS, problems, |reader, key| {
        match key.to_string().as_str() {
            "skip" => reader.alone(&key),
            of_types if CLEANUP.names.contains(&of_types) => {
                error(key.span(), format!("`{key}` goes on the type"))
            }
            _ => reader.unknown(&key),
        }
    })
    .find("skip")
    .cloned()
}

/// A variant has no arguments.
pub(crate) fn none(attributes: &[Attribute], problems: &mut Problems) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        problems.at(attribute, "`#[cleanup]` goes on the type or on a field, found a variant");
    }
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cleanup")
}

/// Several attributes are as good as one. Returns the keys.
fn read_all(
    attributes: &[Attribute],
    example: &str,
    names: &'static [&'static str],
    problems: &mut Problems,
    mut read: impl FnMut(&mut Reader, Ident) -> Result<()>,
) -> Keys {
    let mut keys = Keys::default();
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        let Meta::List(list) = &attribute.meta else {
            problems.at(&attribute.meta, &format!("missing arguments of `#[cleanup]`; write them in parentheses, such as `#[cleanup({example})]`"));
            continue;
        };
        let earlier = std::mem::take(&mut keys);
        let parse = |input: ParseStream| {
            Ok(Reader::behind(earlier, input, CLEANUP.of, names).read_all(problems, &mut read))
        };
        match list.parse_args_with(parse) {
            Ok(all) => keys = all,
            Err(error) => problems.push(error),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use syn::parse::Parser;

    fn attributes(text: &str) -> Vec<Attribute> {
        Attribute::parse_outer.parse_str(text).unwrap()
    }

    fn read(text: &str) -> (CleanupArgs, Vec<String>) {
        let mut problems = Problems::default();
        let args = CleanupArgs::read(&attributes(text), &mut problems);
        (args, problems.messages())
    }

    fn on_type(arguments: &str) -> String {
        read(&format!("#[cleanup({arguments})]")).1.join(" + ")
    }

    fn on_field(arguments: &str) -> String {
        let mut problems = Problems::default();
        skip(&attributes(&format!("#[cleanup({arguments})]")), &mut problems);
        problems.messages().join(" + ")
    }

    #[test]
    fn no_attribute_says_nothing() {
        let (args, problems) = read("/// Docs.\n #[derive(Debug)]");
        assert!(args.with.is_none() && args.discard.is_none() && args.options.priority.is_none());
        assert!(
            args.options.timeout.is_none() && args.options.name.is_none() && args.runtime.is_none()
        );
        assert!(
            args.options.after.is_none()
                && args.options.before.is_none()
                && args.options.concurrent.is_none()
        );
        assert!(args.keys.iter().next().is_none() && problems.is_empty());
    }

    #[test]
    fn every_argument_is_read() {
        let first = "#[cleanup(with = close, discard = Self::abandon, priority = LOW + 1, timeout = \"5s\", name = \"pool\", crate = crate::exit,)]";
        let second = "#[cleanup(after(a, b::c), before(Pool<Db>), concurrent)]";
        let (args, problems) = read(&format!("{first} {second}"));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(args.with.unwrap().name(), "close");
        assert_eq!(args.discard.unwrap().name(), "abandon");
        assert_eq!(args.options.timeout, Some(Duration::from_secs(5)));
        assert_eq!(args.options.name.unwrap().value(), "pool");
        assert!(
            args.options.priority.is_some()
                && args.runtime.is_some()
                && args.options.concurrent.is_some()
        );
        assert_eq!(
            (
                args.options.after.map(|paths| paths.len()),
                args.options.before.map(|paths| paths.len())
            ),
            (Some(2), Some(1))
        );
    }

    #[test]
    fn several_attributes_are_one() {
        let (args, problems) =
            read("#[cleanup(priority = 5,)] #[repr(C)] #[cleanup()] #[cleanup(with = close)]");
        assert!(problems.is_empty() && args.with.is_some() && args.keys.has("priority"));
        let (_, problems) = read("#[cleanup(priority = 5)] #[cleanup(priority = 5)]");
        assert_eq!(problems, ["repeated `cleanup` argument `priority`"]);
    }

    #[test]
    fn unknown_argument_is_reported() {
        assert_eq!(
            on_type("prio = 1"),
            "unknown `cleanup` argument `prio`; did you mean `priority`?"
        );
        let list = "`with`, `discard`, `priority`, `timeout`, `name`, `after`, `before`, `concurrent`, `crate`";
        assert_eq!(
            on_type("colour = red"),
            format!("unknown `cleanup` argument `colour`; expected one of {list}")
        );
        assert_eq!(on_type("5"), format!("expected a `cleanup` argument, one of {list}"));
        assert_eq!(on_field("skp"), "unknown `cleanup` argument `skp`; did you mean `skip`?");
        assert_eq!(on_field("ignore"), "unknown `cleanup` argument `ignore`; expected `skip`");
    }

    #[test]
    fn missing_value_is_reported() {
        assert_eq!(on_type("with"), "missing value of `with`; write one, such as `with = close`");
        assert_eq!(
            on_type("discard ="),
            "missing value of `discard`; write one, such as `discard = abandon`"
        );
        assert_eq!(on_type("with(close)"), "expected `=` after `with`, as in `with = close`");
    }

    #[test]
    fn edges_stand_in_parentheses() {
        assert_eq!(
            on_type("after = stop"),
            "expected parentheses after `after`, as in `after(stop_accepting)`"
        );
        assert_eq!(
            on_type("before(\"close_log\")"),
            "`before` expects paths without quotes; write `before(close_log)`"
        );
        assert_eq!(
            on_type("concurrent = true"),
            "`concurrent` takes no value; write `concurrent` alone"
        );
    }

    #[test]
    fn missing_arguments_are_reported() {
        let expected = "missing arguments of `#[cleanup]`; write them in parentheses, such as `#[cleanup(with = close)]`";
        for text in ["#[cleanup]", "#[cleanup = \"close\"]"] {
            assert_eq!(read(text).1, [expected], "{text}");
        }
    }

    #[test]
    fn name_that_is_empty_gets_the_default_of_types() {
        assert_eq!(on_type("name = \"\""), "empty `name`; leave it out to use the type's path");
    }

    #[test]
    fn skip_takes_no_value() {
        assert_eq!(on_field("skip,"), "");
        for text in ["skip = true", "skip(true)", "skip: true"] {
            assert_eq!(on_field(text), "`skip` takes no value; write `skip` alone", "{text}");
        }
        assert_eq!(on_field("skip, skip"), "repeated `cleanup` argument `skip`");
    }

    #[test]
    fn misplaced_arguments_are_reported() {
        assert_eq!(on_type("skip"), "`skip` goes on a field");
        assert_eq!(on_type("skip, with = close"), "`skip` goes on a field");
        assert_eq!(on_field("with = close"), "`with` goes on the type");
        assert_eq!(on_field("after(close_db)"), "`after` goes on the type");
        assert_eq!(
            on_field("crate = a, skip, timeout = \"5s\""),
            "`crate` goes on the type + `timeout` goes on the type"
        );
    }

    #[test]
    fn variants_have_no_arguments() {
        let mut problems = Problems::default();
        none(&attributes("#[default] #[cleanup(skip)]"), &mut problems);
        assert_eq!(
            problems.messages(),
            ["`#[cleanup]` goes on the type or on a field, found a variant"]
        );
    }

    #[test]
    fn key_of_a_bad_value_is_known() {
        let (args, problems) = read("#[cleanup(crate = \"exitmacro\")]");
        assert!(args.keys.has("crate") && args.runtime.is_none() && problems.len() == 1);
    }

    #[test]
    fn every_mistake_is_reported() {
        let (_, problems) = read(
            "#[cleanup(prio = 1, with = 5, skip, timeout = 5 name = \"\", priority = 1, priority = 2)] #[cleanup]",
        );
        assert_eq!(problems.len(), 8, "{problems:#?}");
    }
}
