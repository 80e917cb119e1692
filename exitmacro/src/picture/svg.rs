//! The report as a picture: a timeline in SVG.

use crate::handler::context::ExitReason;
use crate::picture::draw::{Px, path, rectangle, segments, text};
use crate::picture::escape::{Xml, visible};
use crate::picture::label::cells;
use crate::picture::layout::{FONT, HEADING, MARGIN, Picture, ROW, TOP};
use crate::picture::longest::{end, longest_way};
use crate::picture::rows::{MOST_ROWS, groups};
use crate::picture::svg_parts::{BAR, STYLE, bar, look, sign};
use crate::picture::written;
use crate::report::Report;
use crate::text::count::Handlers;
use crate::text::duration::{Size, Took};
use core::fmt::{self, Write};

/// So many handlers are named in the description.
const MOST_DESCRIBED: usize = 10;

impl Report {
    /// The report as a picture, in SVG: a bar for each handler, beneath the thread that it ran on.
    /// A thin line behind a bar is the time that the handler still had. The bars are joined by a
    /// line on the longest way: the handlers that determined how long the run took.
    ///
    /// The picture is light or dark, as the viewer is, has a title and a description for screen
    /// readers, and contains neither scripts nor references. Each handler has a row, so the picture
    /// of many is high. Of more than 2,000 handlers, it shows as many: first those that did not
    /// complete, then those that took longest. Then it says how many it leaves out.
    ///
    /// With the variable `EXITMACRO_TRACE=shutdown.svg` any program with the feature `picture`
    /// writes it at its end.
    ///
    /// ```standalone_crate
    /// exitmacro::register(|| ())?;
    /// let picture = exitmacro::run().to_svg();
    /// assert!(picture.starts_with("<svg "));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn to_svg(&self) -> String {
        written(|out| write_svg(self, out))
    }
}

/// Writes the picture piece by piece.
pub(crate) fn write_svg(report: &Report, out: &mut dyn Write) -> fmt::Result {
    let groups = groups(report);
    let way = longest_way(report);
    let picture = Picture::of(report, &groups, &way);
    picture.write(out)
}

impl Picture<'_> {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        // Whole, so that a viewer need not scale the picture.
        let (width, height) = (Px(self.width.ceil()), Px((self.bottom + 84.0).ceil()));
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"exitmacro\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"exitmacro-title exitmacro-desc\">"
        )?;
        writeln!(out, "<title id=\"exitmacro-title\">{}</title>", Xml(&self.title()))?;
        writeln!(out, "<desc id=\"exitmacro-desc\">{}</desc>", Xml(&self.description()))?;
        out.write_str(STYLE)?;
        writeln!(out, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>")?;
        self.write_header(out)?;
        self.write_axis(out)?;
        let mut top = TOP;
        for group in self.groups {
            self.write_heading(out, group, top)?;
            top += HEADING;
            for (number, &place) in group.handlers.iter().enumerate() {
                self.write_row(out, place, top, number % 2 == 0)?;
                top += ROW;
            }
        }
        self.write_way(out)?;
        self.write_legend(out)?;
        out.write_str("</svg>\n")
    }

    fn title(&self) -> String {
        let how = match self.report.reason() {
            ExitReason::Return => "at the return from main".to_owned(),
            ExitReason::Exit => "at exit".to_owned(),
            ExitReason::Panic => "after a panic".to_owned(),
            ExitReason::Signal(signal) => format!("after {signal}"),
            ExitReason::Requested => "in a run by hand".to_owned(),
            ExitReason::Unload => "of an object that was unloaded".to_owned(),
        };
        match self.report.status() {
            Some(status) => format!("Exit handlers {how}, status {status}"),
            None => format!("Exit handlers {how}"),
        }
    }

    /// The totals, and the time.
    fn summary(&self) -> String {
        let totals = self.report.totals();
        let so_far = if self.report.is_finished() { "" } else { " so far" };
        match self.report.budget() {
            Some(budget) => {
                let took = Took(self.report.duration());
                format!("{totals} · {took}{so_far}, of a budget of {}", Size(budget))
            }
            None => totals.to_string(),
        }
    }

    fn longest_way_in_words(&self) -> Option<String> {
        let &[first, .., last] = self.way else { return None };
        let handlers = self.report.handlers();
        let took = end(&handlers[last]).saturating_sub(handlers[first].start());
        Some(format!("longest way: {} handlers, {}", self.way.len(), Took(took)))
    }

    /// How many handlers have no row, and how many of these failed.
    fn left_out_in_words(&self) -> Option<String> {
        let handlers = self.report.handlers();
        let left_out = handlers.len().checked_sub(MOST_ROWS).filter(|&count| count > 0)?;
        let failed = handlers.iter().filter(|handler| handler.outcome().is_failure()).count();
        let failed = match (left_out, failed.saturating_sub(MOST_ROWS)) {
            (_, 0) => String::new(),
            (1, _) => ", which failed".to_owned(),
            (_, failed) => format!(", {failed} of them failed"),
        };
        let are = if left_out == 1 { "is" } else { "are" };
        Some(format!("{} {are} not shown{failed}", Handlers(left_out)))
    }

    fn description(&self) -> String {
        let mut text = self.summary();
        if let Some(way) = self.longest_way_in_words() {
            text.push_str(&format!("; {way}"));
        }
        let failed =
            || self.report.handlers().iter().filter(|handler| handler.outcome().is_failure());
        for handler in failed().take(MOST_DESCRIBED) {
            text.push_str(&format!("; {}: {}", visible(handler.name()), handler.result()));
        }
        let others = failed().count().saturating_sub(MOST_DESCRIBED);
        if others > 0 {
            text.push_str(&format!("; {others} more did not complete"));
        }
        text
    }

    fn write_header(&self, out: &mut dyn Write) -> fmt::Result {
        text(out, " class=\"sans h1\"", (MARGIN, 40.0), &self.title())?;
        text(out, " class=\"sans h2\"", (MARGIN, 63.0), &self.summary())?;
        let mut notes: Vec<String> = self.longest_way_in_words().into_iter().collect();
        notes.extend(self.left_out_in_words());
        text(out, " class=\"sans h2 m\"", (MARGIN, 83.0), &notes.join(" · "))
    }

    /// Numbers above and below, lines between them.
    fn write_axis(&self, out: &mut dyn Write) -> fmt::Result {
        let (top, bottom) = (TOP - 4.0, self.bottom + 6.0);
        for (at, number) in self.axis.ticks() {
            let x = self.axis.place(at);
            path(out, "g", "M# #V#", &[x, top, bottom])?;
            for y in [top - 6.0, bottom + 14.0] {
                text(out, " class=\"m\" text-anchor=\"middle\"", (x, y), &number)?;
            }
        }
        out.write_str("\n")?;
        let Some(budget) = self.budget else { return Ok(()) };
        let x = self.axis.place(budget);
        path(out, "u", "M# #V#", &[x, top, bottom])?;
        let words = format!("budget {}", Size(budget));
        text(out, " text-anchor=\"middle\"", (x, top - 24.0), &words)
    }

    /// From the end of each bar on the longest way to the beginning of the next one.
    fn write_way(&self, out: &mut dyn Write) -> fmt::Result {
        let handlers = self.report.handlers();
        out.write_str("<path class=\"w\" d=\"")?;
        for pair in self.way.windows(2) {
            let (Some(from), Some(to)) = (self.middle[pair[0]], self.middle[pair[1]]) else {
                continue;
            };
            let (x, width) = self.extent(&handlers[pair[0]]);
            let (start, _) = self.extent(&handlers[pair[1]]);
            let right = (x + width).min(start.max(x + 1.0));
            let down = if to > from { BAR / 2.0 } else { -BAR / 2.0 };
            let (from, to) = (from + down, if start - right < 1.0 { to - down } else { to });
            segments(out, "M# #V#H#", &[right, from, to, start])?;
        }
        out.write_str("\"/>\n")
    }

    fn write_legend(&self, out: &mut dyn Write) -> fmt::Result {
        let y = self.bottom + 54.0;
        let mut x = MARGIN;
        let mut seen = Vec::new();
        for handler in self.report.handlers() {
            let look = look(handler.outcome());
            if !seen.contains(&look) {
                seen.push(look);
            }
        }
        for (class, word) in seen {
            bar(out, class, (x, y, 22.0), false)?;
            sign(out, class, x + 33.0, y)?;
            x = write_word(out, x + 44.0, y, word)?;
        }
        let end = x + 26.0;
        path(out, "l", "M# #H#M# #V#", &[x, y, end, end, y - 4.0, y + 4.0])?;
        x = write_word(out, x + 34.0, y, "time left to its limit")?;
        if self.way.len() > 1 {
            rectangle(out, "class=\"w\"", [x, y - BAR / 2.0, 22.0, BAR])?;
            write_word(out, x + 30.0, y, "on the longest way")?;
        }
        out.write_str("\n")
    }
}

/// A word of the legend; where the next thing starts.
fn write_word(out: &mut dyn Write, x: f64, y: f64, word: &str) -> Result<f64, fmt::Error> {
    text(out, " class=\"sans\"", (x, y + 4.0), word)?;
    Ok(x + cells(word) as f64 * FONT * 0.54 + 22.0)
}

#[cfg(test)]
#[path = "svg_tests.rs"]
mod tests;
