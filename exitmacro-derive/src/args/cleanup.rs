//! The arguments of `#[cleanup(…)]`, on a type and on a field.

use crate::args::method::{self, Method};
use crate::args::options::{CLEANUP, HandlerOptions};
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
    pub(crate) crate_path: Option<Path>,
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
            "crate" => self.crate_path = reader.crate_path(key)?,
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
            "skip" => reader.flag(&key),
            of_types if CLEANUP.names.contains(&of_types) => {
                error(key.span(), format!("`{key}` goes on the type"))
            }
            _ => reader.unknown(&key),
        }
    })
    .find("skip")
    .cloned()
}

/// Reports the arguments of a variant, which has none.
pub(crate) fn none(attributes: &[Attribute], problems: &mut Problems) {
    for attribute in attributes.iter().filter(|attribute| is_cleanup(attribute)) {
        problems.at(attribute, "`#[cleanup]` goes on the type or on a field, found a variant");
    }
}

fn is_cleanup(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cleanup")
}

/// Reads all `#[cleanup]` attributes as if they were one. Returns the keys.
fn read_all(
    attributes: &[Attribute],
    example: &str,
    names: &'static [&'static str],
    problems: &mut Problems,
    mut read: impl FnMut(&mut Reader, Ident) -> Result<()>,
) -> Keys {
    let mut keys = Keys::default();
    for attribute in attributes.iter().filter(|attribute| is_cleanup(attribute)) {
        let Meta::List(list) = &attribute.meta else {
            let message = format!(
                "missing arguments of `#[cleanup]`; write them in parentheses, such as \
                 `#[cleanup({example})]`"
            );
            problems.at(&attribute.meta, &message);
            continue;
        };
        let earlier = std::mem::take(&mut keys);
        let parse = |input: ParseStream| {
            Ok(Reader::continued(earlier, input, CLEANUP.of, names).read_all(problems, &mut read))
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
    use crate::marks;
    use std::time::Duration;
    use syn::parse::Parser;

    fn attributes(text: &str) -> Vec<Attribute> {
        Attribute::parse_outer.parse_str(text).unwrap()
    }

    fn read(text: &str) -> CleanupArgs {
        let mut problems = Problems::default();
        let args = CleanupArgs::read(&attributes(text), &mut problems);
        assert!(problems.messages().is_empty(), "{text}");
        args
    }

    #[track_caller]
    fn check(attributes_of_a_type: &str) {
        marks::check(attributes_of_a_type, |text, problems| {
            CleanupArgs::read(&attributes(text), problems);
        });
    }

    #[track_caller]
    fn check_on_field(arguments: &str) {
        marks::check(&format!("#[cleanup({arguments})]"), |text, problems| {
            skip(&attributes(text), problems);
        });
    }

    #[test]
    fn other_attributes_give_no_arguments() {
        let args = read("/// Docs.\n #[derive(Debug)]");
        assert!(args.with.is_none() && args.discard.is_none() && args.crate_path.is_none());
        assert!(args.keys.iter().next().is_none());
    }

    #[test]
    fn every_argument_is_read() {
        let args = read(
            "#[cleanup(with = close, discard = Self::abandon, priority = LOW + 1,)]
             #[cleanup(timeout = \"5s\", name = \"pool\", crate = crate::exit, concurrent)]
             #[cleanup(after(a, b::c), before(Pool<Db>))]",
        );
        assert_eq!(args.with.unwrap().name(), "close");
        assert_eq!(args.discard.unwrap().name(), "abandon");
        assert!(args.crate_path.is_some());
        let options = args.options;
        assert_eq!(options.timeout, Some(Duration::from_secs(5)));
        assert_eq!(options.name.as_ref().unwrap().value(), "pool");
        assert!(options.priority.is_some() && options.concurrent.is_some());
        assert_eq!(
            options.edges().map(|(name, _)| name).collect::<Vec<_>>(),
            ["after", "after", "before"]
        );
    }

    #[test]
    fn several_attributes_are_one() {
        let args =
            read("#[cleanup(priority = 5,)] #[repr(C)] #[cleanup()] #[cleanup(with = close)]");
        assert!(args.with.is_some() && args.keys.has("priority"));
        check("#[cleanup(priority = 5)] #[cleanup(«priority» = 5)]");
    }

    #[test]
    fn unknown_argument_is_reported() {
        for argument in ["«prio» = 1", "«colour» = red", "«when» = signal", "«alias» = a", "«5»"]
        {
            check(&format!("#[cleanup({argument})]"));
        }
        check_on_field("«skp»");
        check_on_field("«ignore»");
    }

    #[test]
    fn missing_value_is_reported() {
        check("#[cleanup(«with»)]");
        check("#[cleanup(«discard» =)]");
        check("#[cleanup(with«(»close))]");
    }

    #[test]
    fn missing_arguments_are_reported() {
        check("#[«cleanup»]");
        check("#[«cleanup = \"close\"»]");
    }

    #[test]
    fn skip_takes_no_value() {
        let skip = |text| skip(&attributes(text), &mut Problems::default());
        assert_eq!(skip("#[cleanup(skip,)]").unwrap(), "skip");
        assert!(skip("/// Docs.\n #[cleanup()]").is_none());
        check_on_field("skip,");
        for arguments in ["skip «=» true", "skip«(»true)", "skip«:» true", "skip, «skip»"] {
            check_on_field(arguments);
        }
    }

    #[test]
    fn misplaced_arguments_are_reported() {
        check("#[cleanup(«skip»)]");
        check("#[cleanup(«skip», with = close)]");
        check_on_field("«with» = close");
        check_on_field("«after»(close_db)");
        check_on_field("«crate» = a, skip, «timeout» = \"5s\"");
    }

    #[test]
    fn variants_have_no_arguments() {
        marks::check("#[default] «#[cleanup(skip)]»", |text, problems| {
            none(&attributes(text), problems);
        });
    }

    #[test]
    fn key_of_a_bad_value_is_known() {
        let mut problems = Problems::default();
        let args = CleanupArgs::read(&attributes("#[cleanup(crate = \"a\")]"), &mut problems);
        assert!(args.keys.has("crate") && args.crate_path.is_none());
        assert_eq!(problems.errors().count(), 1);
    }

    #[test]
    fn every_mistake_is_reported() {
        check(
            "#[cleanup(«prio» = 1, with = «5», «skip», timeout = «5» «name» = «\"\"», \
             priority = 1, «priority» = 2)] #[«cleanup»]",
        );
    }
}
