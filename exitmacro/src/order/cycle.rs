//! Cycles of handlers that wait for each other, by name.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::order::cycles::Broken;
use crate::order::schedule::Schedule;
use crate::registry::Table;
use crate::registry::view::View;
use crate::text::table::show_each;
use core::fmt::{self, Write as _};
use std::borrow::Cow;

/// Handlers that wait for each other, so that none of them could ever run. The first of them by
/// priority does not wait for the second one: this edge is not kept.
///
/// Its `Display` reads "`a` after `b` after `a`".
///
/// ```
/// use exitmacro::Handler;
///
/// let close = Handler::new("close").register(|| ())?;
/// Handler::new("drain").after_id(close).before_id(close).register(|| ())?;
/// let plan = exitmacro::plan();
/// let [cycle] = plan.cycles() else { panic!("there is one") };
/// assert_eq!(cycle.to_string(), "`drain` after `close` after `drain`");
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cycle {
    pub(crate) names: Vec<Cow<'static, str>>,
    /// The same handlers, which may share names with others.
    #[cfg(feature = "picture")]
    pub(crate) ranks: Vec<Rank>,
    /// How many more edges of the first handler are not kept, which no cycle names.
    pub(crate) more: usize,
}

impl PartialEq for Cycle {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.more == other.more
    }
}

impl Eq for Cycle {}

impl Cycle {
    #[cfg(test)]
    pub(crate) fn named(names: impl IntoIterator<Item = impl Into<Cow<'static, str>>>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            #[cfg(feature = "picture")]
            ranks: Vec::new(),
            more: 0,
        }
    }

    /// The names of the handlers, beginning with the handler that does not wait. Each was to wait
    /// for the next one, and the last one for the first.
    ///
    /// ```
    /// # use exitmacro::Handler;
    /// # let close = Handler::new("close").register(|| ())?;
    /// # Handler::new("drain").after_id(close).before_id(close).register(|| ())?;
    /// # let plan = exitmacro::plan();
    /// # let [cycle] = plan.cycles() else { panic!("there is one") };
    /// // `drain` is both after and before `close`.
    /// assert!(cycle.names().eq(["drain", "close"]));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// How many more edges of the first handler are not kept, and have no cycle of their own. 0
    /// except in very large plans.
    ///
    /// ```
    /// # use exitmacro::Handler;
    /// # let close = Handler::new("close").register(|| ())?;
    /// # Handler::new("drain").after_id(close).before_id(close).register(|| ())?;
    /// # let plan = exitmacro::plan();
    /// # let [cycle] = plan.cycles() else { panic!("there is one") };
    /// // `drain` is both after and before `close`.
    /// assert_eq!(cycle.unnamed_edges(), 0);
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn unnamed_edges(&self) -> usize {
        self.more
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.names() {
            write!(f, "{} after ", Quoted(name))?;
        }
        let first = Quoted(self.names().next().unwrap_or_default());
        write!(f, "{first}")?;
        match self.more {
            0 => Ok(()),
            1 => write!(f, "; 1 more edge of {first} is not kept"),
            more => write!(f, "; {more} more edges of {first} are not kept"),
        }
    }
}

/// A name as lines and tables show it. Allocates nothing: the text may be made at exit.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        show_each(self.0, |character| f.write_char(character))?;
        f.write_char('`')
    }
}

/// The cycles that were found since the last call, by the names of their handlers, which all still
/// exist.
pub(crate) fn take_cycles(
    schedule: &mut Schedule,
    declared: &[Declared],
    table: &Table,
) -> Vec<Cycle> {
    let name = |&rank: &Rank| View::at(rank, declared, table).map(View::kept_name);
    let cycle = |Broken { handlers, more }| Cycle {
        names: handlers.iter().filter_map(name).collect(),
        #[cfg(feature = "picture")]
        ranks: handlers,
        more,
    };
    schedule.take_cycles().into_iter().map(cycle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_reads_as_a_sentence() {
        let cycle = Cycle::named(["a", "b"]);
        assert_eq!(cycle.to_string(), "`a` after `b` after `a`");
    }

    #[test]
    fn a_cycle_stays_on_its_line_whatever_its_handlers_are_called() {
        let cycle = Cycle::named(["\u{1b}[2J", "two\nlines"]);
        let text = r"`\u{1b}[2J` after `two\nlines` after `\u{1b}[2J`";
        assert_eq!(cycle.to_string(), text);
        assert_eq!(
            Cycle { more: 1, ..cycle }.to_string(),
            format!(r"{text}; 1 more edge of `\u{{1b}}[2J` is not kept")
        );
    }

    #[test]
    fn a_cycle_says_how_many_more_edges_are_not_kept() {
        let text = |more| Cycle { more, ..Cycle::named(["a", "b"]) }.to_string();
        assert_eq!(text(1), "`a` after `b` after `a`; 1 more edge of `a` is not kept");
        assert_eq!(text(12), "`a` after `b` after `a`; 12 more edges of `a` are not kept");
    }
}
