//! Cycles of handlers that wait for each other, by name.

use crate::handler::declared::Declared;
use crate::order::schedule::Schedule;
use crate::registry::Table;
use crate::registry::view::View;
use core::fmt;
use std::borrow::Cow;

/// Handlers that wait for each other, so that none of them could ever run. The first of them by
/// priority does not wait.
///
/// Its `Display` reads "`a` after `b` after `a`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    pub(crate) names: Vec<Cow<'static, str>>,
}

impl Cycle {
    /// The names of the handlers, beginning with the handler that does not wait. Each was to wait
    /// for the next one, and the last one for the first.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.names() {
            write!(f, "`{name}` after ")?;
        }
        write!(f, "`{}`", self.names().next().unwrap_or_default())
    }
}

/// The cycles that were found since the last call, by the names of their handlers, which all still
/// exist.
pub(crate) fn take_cycles(
    schedule: &mut Schedule,
    declared: &[Declared],
    table: &Table,
) -> Vec<Cycle> {
    let name = |rank| View::at(rank, declared, table).map(View::kept_name);
    let cycles = schedule.take_cycles().into_iter();
    cycles.map(|cycle| Cycle { names: cycle.into_iter().filter_map(name).collect() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_reads_as_a_sentence() {
        let cycle = Cycle { names: ["a", "b"].map(Cow::Borrowed).to_vec() };
        assert_eq!(cycle.to_string(), "`a` after `b` after `a`");
    }
}
