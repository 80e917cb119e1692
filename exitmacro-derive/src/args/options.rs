//! The options of a handler. `#[at_exit]` and `#[cleanup]` read theirs here.
//!
//! A new option has its name, its field and its line in `read` here, and its call in
//! `emit/options.rs`.

use crate::args::{Reader, duration, edge, expect, priority, word};
use crate::diagnostic::error;
use proc_macro2::Ident;
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Result, Type};

/// A macro that has options: which ones, and its own words in messages.
pub(crate) struct Target {
    /// The macro, as messages call it.
    pub(crate) of: &'static str,
    /// Its arguments, in the order of messages. It does not have the other options.
    pub(crate) names: &'static [&'static str],
    name_example: &'static str,
    after_example: &'static str,
    before_example: &'static str,
    /// What reports show without a `name`.
    unnamed: &'static str,
}

pub(crate) const AT_EXIT: Target = Target {
    of: "at_exit",
    names: &[
        "priority",
        "timeout",
        "name",
        "alias",
        "after",
        "before",
        "concurrent",
        "when",
        "thread",
        "fork",
        "crate",
    ],
    name_example: "name = \"close the database\"",
    after_example: "after(close_db)",
    before_example: "before(close_db)",
    unnamed: "the item's path",
};

pub(crate) const CLEANUP: Target = Target {
    of: "cleanup",
    names: &[
        "with",
        "discard",
        "priority",
        "timeout",
        "name",
        "after",
        "before",
        "concurrent",
        "crate",
    ],
    name_example: "name = \"pool\"",
    after_example: "after(stop_accepting)",
    before_example: "before(close_log)",
    unnamed: "the type's path",
};

/// The values of the options that are given and could be read.
#[derive(Default)]
pub(crate) struct HandlerOptions {
    pub(crate) priority: Option<Expr>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) name: Option<LitStr>,
    /// The paths of the handlers that run earlier.
    pub(crate) after: Option<Vec<Type>>,
    /// The paths of the handlers that run later.
    pub(crate) before: Option<Vec<Type>>,
    /// The key itself, for messages that point at it.
    pub(crate) concurrent: Option<Ident>,
    pub(crate) when: Option<When>,
    pub(crate) thread: Option<Thread>,
    pub(crate) fork: Option<Fork>,
}

/// The ends of the process at which a handler runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Always,
    Success,
    Failure,
    Signal,
}

/// The thread that a handler runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Thread {
    Runner,
    Caller,
}

/// The processes that a handler runs in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fork {
    Owner,
    Inherit,
}

impl HandlerOptions {
    /// Reads the option `key`, or returns the error about an argument that `target` does not have.
    pub(crate) fn read(&mut self, reader: &mut Reader, key: Ident, target: &Target) -> Result<()> {
        match key.to_string().as_str() {
            other if !target.names.contains(&other) => reader.unknown(&key)?,
            "priority" => self.priority = reader.value(key, "priority = 10", priority::parse)?,
            "timeout" => self.timeout = reader.value(key, "timeout = \"5s\"", duration::timeout)?,
            "name" => {
                self.name =
                    reader.value(key, target.name_example, |input| name(input, target.unnamed))?
            }
            "after" => {
                self.after =
                    reader.list(key, target.after_example, |input| edge::parse(input, "after"))?
            }
            "before" => {
                self.before =
                    reader.list(key, target.before_example, |input| edge::parse(input, "before"))?
            }
            "concurrent" => self.concurrent = reader.flag(&key).map(|()| Some(key))?,
            "when" => self.when = reader.value(key, "when = failure", when)?,
            "thread" => self.thread = reader.value(key, "thread = caller", thread)?,
            "fork" => self.fork = reader.value(key, "fork = inherit", fork)?,
            _ => reader.unknown(&key)?,
        }
        Ok(())
    }

    /// The paths of `after` and `before`, each with the name of its argument.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (&'static str, &Type)> {
        [("after", &self.after), ("before", &self.before)]
            .into_iter()
            .flat_map(|(name, paths)| paths.iter().flatten().map(move |path| (name, path)))
    }
}

/// `unnamed` is what reports show without a name.
fn name(input: ParseStream, unnamed: &str) -> Result<LitStr> {
    let literal: LitStr =
        expect(input, "`name` expects a text in quotes, such as \"close the database\"")?;
    let text = literal.value();
    if text.trim().is_empty() {
        return error(literal.span(), format!("empty `name`; leave it out to use {unnamed}"));
    }
    if text.contains(char::is_control) {
        return error(
            literal.span(),
            "control character in `name`; reports show it on one line, so write plain text",
        );
    }
    Ok(literal)
}

fn when(input: ParseStream) -> Result<When> {
    word(
        input,
        "when",
        &[
            ("always", When::Always),
            ("success", When::Success),
            ("failure", When::Failure),
            ("signal", When::Signal),
        ],
    )
}

fn thread(input: ParseStream) -> Result<Thread> {
    word(input, "thread", &[("runner", Thread::Runner), ("caller", Thread::Caller)])
}

fn fork(input: ParseStream) -> Result<Fork> {
    word(input, "fork", &[("owner", Fork::Owner), ("inherit", Fork::Inherit)])
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
