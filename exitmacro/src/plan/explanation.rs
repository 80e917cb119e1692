//! What [`Plan::explain`](crate::Plan::explain) returns.

use crate::text::table::{self, Align};
use core::fmt;

/// Why handlers run in this order in this process, and why some may not. Made by
/// [`Plan::explain`](crate::Plan::explain); its `Display` is a table, and one line for each fact.
///
/// ```
/// exitmacro::Handler::new("close the database").priority(10).register(|| ())?;
/// let explanation = exitmacro::plan().explain();
/// println!("{explanation}");
/// assert!(explanation.to_string().contains("close the database"));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(crate) handlers: Vec<Explained>,
    pub(crate) facts: Vec<Fact>,
}

/// One handler.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub(crate) name: String,
    pub(crate) location: String,
    /// Why it has its place, and what may keep it from running.
    pub(crate) reason: String,
}

/// What holds for the whole process.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) title: &'static str,
    pub(crate) text: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.handlers.is_empty() {
            f.write_str("no exit handlers")?;
        } else {
            let titles = [
                ("#", Align::Right),
                ("handler", Align::Left),
                ("location", Align::Left),
                ("why it runs here", Align::Left),
            ];
            let rows: Vec<_> = self
                .handlers
                .iter()
                .zip(1..)
                .map(|(handler, number)| handler.row(number))
                .collect();
            table::write(f, titles, &rows)?;
        }
        self.facts.iter().try_for_each(|Fact { title, text }| write!(f, "\n{title}: {text}"))
    }
}

impl Explained {
    fn row(&self, number: usize) -> [String; 4] {
        let Self { name, location, reason } = self;
        [number.to_string(), table::cell(name), table::cell(location), reason.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_a_table_and_a_line_for_each_fact() {
        let handlers = vec![Explained {
            name: "app::close\n".to_owned(),
            location: "src/main.rs:3".to_owned(),
            reason: "priority 5".to_owned(),
        }];
        let facts = vec![
            Fact { title: "budget", text: "25s (default)".to_owned() },
            Fact { title: "timeout", text: "10s (default)".to_owned() },
        ];
        let expected = "\
#  handler       location       why it runs here
1  app::close\\n  src/main.rs:3  priority 5
budget: 25s (default)
timeout: 10s (default)";
        assert_eq!(Explanation { handlers, facts: facts.clone() }.to_string(), expected);
        let expected = "no exit handlers\nbudget: 25s (default)\ntimeout: 10s (default)";
        assert_eq!(Explanation { handlers: Vec::new(), facts }.to_string(), expected);
    }
}
