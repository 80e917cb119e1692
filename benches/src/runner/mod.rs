//! Builds the subjects, runs them under the measuring tools, and writes tables.

mod bounds;
pub(crate) mod build_time;
pub(crate) mod churn;
pub(crate) mod declared;
mod figure;
pub(crate) mod guard;
pub(crate) mod hello;
pub(crate) mod one_handler;
pub(crate) mod order;
mod package;
mod parse;
pub(crate) mod readme;
pub(crate) mod registered;
pub(crate) mod setting;
pub(crate) mod size;
pub(crate) mod subject;
mod table;
mod target;
pub(crate) mod tracked;

use figure::Figure;
use std::time::Instant;
use table::Table;
use target::Target;

/// The text so far, and the targets measured so far.
#[derive(Default)]
pub(crate) struct Figures {
    began: Option<Instant>,
    setting: String,
    text: String,
    targets: Vec<Target>,
}

impl Figures {
    fn section(&mut self, title: &str) {
        let began = *self.began.get_or_insert_with(Instant::now);
        eprintln!("measured next, at {} s: {title}", began.elapsed().as_secs());
        self.text += &format!("### {title}\n\n");
    }

    fn paragraph(&mut self, text: &str) {
        self.text += &format!("{text}\n\n");
    }

    fn table(&mut self, table: &Table) {
        self.text += &format!("{table}\n");
    }

    /// The measured figure is at most `limit`. `reason` is called only where it is larger.
    fn target(
        &mut self,
        what: &'static str,
        limit: f64,
        unit: &'static str,
        measured: Figure,
        reason: impl FnOnce() -> String,
    ) {
        self.targets.push(Target::new(what, limit, unit, measured, reason));
    }

    fn targets(&self) -> String {
        let mut table = Table::new(["target", "limit", "measured", ""]);
        self.targets.iter().for_each(|target| table.row(target.cells()));
        let reasons: String = self
            .targets
            .iter()
            .filter_map(|target| {
                Some(format!("- **{}**: {}\n", target.what, target.reason.as_ref()?))
            })
            .collect();
        let reasons = if reasons.is_empty() {
            reasons
        } else {
            format!("Why targets are missed:\n\n{reasons}\n")
        };
        format!("### Targets\n\n{table}\n{reasons}")
    }

    pub(crate) fn text(&self) -> String {
        format!("{}{}{}", self.setting, self.targets(), self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missed_targets_have_reasons() {
        let mut figures = Figures::default();
        figures.target("start-up", 3.0, "", Ok(4.0), || "names".to_owned());
        figures.target("size", 3.0, "KiB", Ok(2.0), || "code".to_owned());
        assert!(figures.text().contains("\n- **start-up**: names\n"), "{}", figures.text());
        assert!(!figures.text().contains("code"));
    }
}
