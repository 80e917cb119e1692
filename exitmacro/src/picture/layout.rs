//! Where everything stands in the picture of a report.

use crate::picture::axis::Axis;
use crate::picture::escape::visible;
use crate::picture::label::{CELL, cells, keep_end, keep_start};
use crate::picture::longest::{end, last_end};
use crate::picture::rows::Group;
use crate::report::{HandlerReport, Outcome, Report};
use crate::text::duration::{Size, Took};
use crate::text::table::cell;
use core::time::Duration;

pub(super) const MARGIN: f64 = 24.0;
pub(super) const FONT: f64 = 12.0;
pub(super) const ROW: f64 = 20.0;
pub(super) const HEADING: f64 = 30.0;
/// A character of the name of a thread, at most: partly bold, and each of another width.
const HEADING_CELL: f64 = 8.2;
/// Names start so far to the right of the name of their thread.
pub(super) const INDENT: f64 = 12.0;
/// What stands above the rows: the title, its lines, and the numbers of the axis.
pub(super) const TOP: f64 = 136.0;
const LONGEST_NAME: usize = 56;
const LONGEST_WORDS: usize = 48;
const LEAST_WIDTH: f64 = 1000.0;
const LEAST_CHART: f64 = 460.0;

/// Behind the chart: where the time ends, and the limit, the sign and the words of the outcome
/// begin.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub(super) time: f64,
    pub(super) limit: f64,
    pub(super) sign: f64,
    pub(super) words: f64,
    end: f64,
}

impl Columns {
    /// As wide as these texts ask for, or as usual.
    fn of(time: f64, limit: f64, words: f64) -> Self {
        let time = 12.0 + time.max(54.0);
        let limit_starts = time + 6.0;
        let sign = limit_starts + limit.max(58.0) + 14.0;
        let words_start = sign + 12.0;
        Self {
            time,
            limit: limit_starts,
            sign,
            words: words_start,
            end: words_start + words + MARGIN,
        }
    }
}

/// Where everything stands.
pub(super) struct Picture<'a> {
    pub(super) report: &'a Report,
    pub(super) groups: &'a [Group],
    pub(super) way: &'a [usize],
    /// Of each handler with a row.
    pub(super) middle: Vec<Option<f64>>,
    pub(super) is_on_way: Vec<bool>,
    /// Whether names on it are bold: not if all handlers are on it.
    pub(super) names_way: bool,
    pub(super) columns: Columns,
    pub(super) axis: Axis,
    pub(super) budget: Option<Duration>,
    pub(super) bottom: f64,
    pub(super) width: f64,
}

impl<'a> Picture<'a> {
    pub(super) fn of(report: &'a Report, groups: &'a [Group], way: &'a [usize]) -> Self {
        let handlers = report.handlers();
        let shown =
            || groups.iter().flat_map(|group| &group.handlers).map(|&place| &handlers[place]);
        let widest = |text: fn(&HandlerReport) -> String| {
            shown().map(|handler| cells(&text(handler))).max().unwrap_or(0) as f64 * FONT * CELL
        };
        let headings = groups.iter().map(|group| cells(&group.title) + 1 + cells(&group.count()));
        let heading = headings.max().unwrap_or(0) as f64 * HEADING_CELL;
        let left = MARGIN + (INDENT + widest(name)).max(heading) + 16.0;
        let columns = Columns::of(widest(time), widest(limit), widest(words));
        let right = columns.end;
        let width = (left + LEAST_CHART + right).max(LEAST_WIDTH);
        let last = last_end(report);
        let budget = report.budget().filter(|&budget| budget <= last.saturating_mul(5) / 4);
        let axis_end = last.max(budget.unwrap_or_default()).max(Duration::from_nanos(1));
        let mut middle = vec![None; handlers.len()];
        let mut y = TOP;
        for group in groups {
            y += HEADING;
            for &place in &group.handlers {
                middle[place] = Some(y + ROW / 2.0);
                y += ROW;
            }
        }
        let mut is_on_way = vec![false; handlers.len()];
        // Alone, a handler is not marked: there is no other way.
        if way.len() > 1 {
            way.iter().for_each(|&place| is_on_way[place] = true);
        }
        let names_way =
            way.len() < handlers.iter().filter(|handler| handler.thread().is_some()).count();
        let axis = Axis { left, width: width - left - right, end: axis_end };
        Self {
            report,
            groups,
            way,
            middle,
            is_on_way,
            names_way,
            columns,
            axis,
            budget,
            bottom: y,
            width,
        }
    }

    /// Where its bar begins, and how wide it is: wide enough to be seen.
    pub(super) fn extent(&self, handler: &HandlerReport) -> (f64, f64) {
        let least = if handler.thread().is_some() { 2.0 } else { 8.0 };
        let x = self.axis.place(handler.start()).min(self.axis.right() - least);
        (x, (self.axis.place(end(handler)) - x).max(least))
    }
}

pub(super) fn time(handler: &HandlerReport) -> String {
    Took(handler.duration()).to_string()
}

pub(super) fn limit(handler: &HandlerReport) -> String {
    handler.allowed.map_or_else(String::new, |allowed| format!("of {}", Size(allowed)))
}

pub(super) fn name(handler: &HandlerReport) -> String {
    keep_end(&cell(visible(handler.name())), LONGEST_NAME)
}

/// What else there is to say than that it completed.
pub(super) fn words(handler: &HandlerReport) -> String {
    match handler.outcome() {
        Outcome::Completed => String::new(),
        outcome => keep_start(&cell(&outcome.to_string()), LONGEST_WORDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_time_or_limit_moves_what_stands_behind_it() {
        let [usual, wide] =
            [(20.0, 30.0), (90.0, 80.0)].map(|(time, limit)| Columns::of(time, limit, 0.0));
        // Twelve between the chart and the time.
        assert_eq!([usual.time, wide.time], [66.0, 102.0]);
        assert_eq!([usual.sign - usual.limit, wide.sign - wide.limit], [72.0, 94.0]);
    }
}
