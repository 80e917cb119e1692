//! Builds the subjects, runs them under the measuring tools, and writes tables.

pub(crate) mod build_time;
pub(crate) mod churn;
pub(crate) mod declared;
pub(crate) mod hello;
pub(crate) mod order;
mod parse;
pub(crate) mod readme;
pub(crate) mod registered;
pub(crate) mod setting;
pub(crate) mod subject;
mod table;
mod target;
pub(crate) mod tracked;

use table::Table;
use target::Target;

/// The text so far, and the targets measured so far.
#[derive(Default)]
pub(crate) struct Figures {
    text: String,
    targets: Vec<Target>,
}

impl Figures {
    fn section(&mut self, title: &str) {
        eprintln!("measured next: {title}");
        self.text += &format!("### {title}\n\n");
    }

    fn paragraph(&mut self, text: &str) {
        self.text += &format!("{text}\n\n");
    }

    fn table(&mut self, table: &Table) {
        self.text += &format!("{table}\n");
    }

    fn target(&mut self, what: &'static str, limit: f64, measured: Option<f64>, unit: &'static str) {
        self.targets.push(Target { what, limit, measured, unit });
    }

    pub(crate) fn list_targets(&mut self) {
        let mut table = Table::new(["target", "limit", "measured", ""]);
        for target in &self.targets {
            table.row(target.cells());
        }
        self.section("Targets");
        self.table(&table);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
