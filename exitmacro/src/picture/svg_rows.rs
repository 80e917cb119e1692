//! The rows of the picture of a report: a thread, and its handlers.

use crate::picture::axis::Axis;
use crate::picture::draw::{Px, path, rectangle, text};
use crate::picture::escape::{Xml, visible};
use crate::picture::layout::{HEADING, INDENT, MARGIN, Picture, ROW, limit, name, time, words};
use crate::picture::rows::Group;
use crate::picture::svg_parts::{BAR, bar, look, sign};
use crate::report::{HandlerReport, Report};
use crate::text::duration::Took;
use core::fmt::{self, Write};
use core::time::Duration;

/// A bar is narrow below that.
const NARROW: f64 = 5.0;
/// A limit that is so near to the bar is not drawn.
const SHORTEST_LIMIT: f64 = 6.0;
/// With more edges than that, no row says which handlers it waited for: each row looks at all.
const MOST_EDGES_NAMED: usize = 5_000;
/// So many handlers that it waited for are named.
const MOST_AWAITED: usize = 10;

impl Picture<'_> {
    /// The name of a thread, and all that it did, in one line.
    pub(super) fn write_heading(
        &self,
        out: &mut dyn Write,
        group: &Group,
        top: f64,
    ) -> fmt::Result {
        let y = top + HEADING / 2.0 + 3.0;
        let (count, base) = (group.count(), y + 4.0);
        write!(
            out,
            "<text class=\"sans h2\" x=\"{}\" y=\"{}\"><tspan class=\"b\">{}</tspan> \
             <tspan class=\"m\">{count}</tspan></text>",
            Px(MARGIN),
            Px(base),
            Xml(&group.title)
        )?;
        path(out, "g", "M# #H#", &[self.axis.left, y, self.axis.right()])?;
        let handlers = || group.handlers.iter().map(|&place| &self.report.handlers()[place]);
        let ran = |handler: &&HandlerReport| handler.thread().is_some();
        // What went wrong is not covered by what did not.
        let [well, wrong] = [true, false].map(|is_success| {
            handlers().filter(move |handler| handler.outcome().is_success() == is_success)
        });
        for handler in well.chain(wrong).filter(ran) {
            let (x, width) = self.extent(handler);
            let (class, _) = look(handler.outcome());
            let class = format!("class=\"{class}\"");
            rectangle(out, &class, [x, y - 3.0, width, 6.0])?;
        }
        out.write_str("\n")
    }

    pub(super) fn write_row(
        &self,
        out: &mut dyn Write,
        place: usize,
        top: f64,
        is_shaded: bool,
    ) -> fmt::Result {
        let handler = &self.report.handlers()[place];
        let (class, _) = look(handler.outcome());
        let (y, base) = (top + ROW / 2.0, top + ROW / 2.0 + 4.0);
        let shade = if is_shaded { "class=\"z\"" } else { "class=\"o\"" };
        let details = Details { handler, report: self.report, place };
        write!(out, "<g class=\"row\"><title>{details}</title>")?;
        rectangle(out, shade, [MARGIN / 2.0, top, self.width - MARGIN, ROW])?;
        let bold = if self.names_way && self.is_on_way[place] { " class=\"b\"" } else { "" };
        text(out, bold, (MARGIN + INDENT, base), &name(handler))?;
        self.write_bar(out, handler, place, y)?;
        let (right, columns) = (self.axis.right(), self.columns);
        if handler.thread().is_some() {
            let at = (right + columns.time, base);
            text(out, " text-anchor=\"end\"", at, &time(handler))?;
            text(out, " class=\"m\"", (right + columns.limit, base), &limit(handler))?;
        }
        sign(out, class, right + columns.sign, y)?;
        text(out, "", (right + columns.words, base), &words(handler))?;
        out.write_str("</g>\n")
    }

    fn write_bar(
        &self,
        out: &mut dyn Write,
        handler: &HandlerReport,
        place: usize,
        y: f64,
    ) -> fmt::Result {
        let (class, _) = look(handler.outcome());
        let (x, width) = self.extent(handler);
        if let Some(allowed) = handler.allowed {
            write_limit(out, &self.axis, x + width, handler.start().saturating_add(allowed), y)?;
        }
        // The outline of a narrow bar would cover it.
        bar(out, class, (x, y, width), self.is_on_way[place] && width >= NARROW)
    }
}

/// The time that the handler still had: a line to its limit, or to the end of the picture.
fn write_limit(
    out: &mut dyn Write,
    axis: &Axis,
    from: f64,
    limit: Duration,
    y: f64,
) -> fmt::Result {
    let to = axis.place(limit);
    if to - from < SHORTEST_LIMIT {
        return Ok(());
    }
    if limit <= axis.end {
        path(out, "l", "M# #H#M# #V#", &[from, y, to, to, y - BAR / 2.0, y + BAR / 2.0])
    } else {
        let tip = to - 4.0;
        path(out, "l", "M# #H#M# #L# # # #", &[from, y, to, tip, y - 3.0, to, y, tip, y + 3.0])
    }
}

/// What a viewer shows of the handler under the pointer.
struct Details<'a> {
    handler: &'a HandlerReport,
    report: &'a Report,
    place: usize,
}

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, .. } = self;
        let location = handler.location().to_string();
        write!(
            f,
            "{}\n{}, priority {}\n",
            Xml(visible(handler.name())),
            Xml(&location),
            handler.priority()
        )?;
        write!(f, "{}\nstarted at {}", Xml(&handler.result()), Took(handler.start()))?;
        if handler.thread().is_some() {
            write!(f, ", took {}", Took(handler.duration()))?;
        }
        let edges = self.report.edges();
        let edges = if edges.len() <= MOST_EDGES_NAMED { edges } else { &[] };
        let awaited = edges.iter().filter(|&&(_, then)| then == self.place);
        for &(first, _) in awaited.take(MOST_AWAITED) {
            write!(f, "\nafter {}", Xml(visible(self.report.handlers()[first].name())))?;
        }
        Ok(())
    }
}
