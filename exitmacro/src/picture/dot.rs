//! The plan as a graph for Graphviz.

use crate::picture::escape::Dot;
use crate::picture::levels::{Graph, details, name};
use crate::picture::written;
use crate::plan::Plan;
use core::fmt::{self, Write};

impl Plan {
    /// The plan as a graph in DOT, for `dot -Tsvg`. A solid arrow is an edge: `after` or `before`.
    /// A dotted one is the order that priorities make. Handlers that may run at the same time stand
    /// beside each other. A dashed red arrow is an edge that is not kept, because it closes a
    /// cycle.
    ///
    /// With the feature `picture`.
    ///
    /// ```standalone_crate
    /// use exitmacro::Handler;
    ///
    /// let pool = Handler::new("close the pool").register(|| ())?;
    /// Handler::new("flush the log").after_id(pool).register(|| ())?;
    /// assert!(exitmacro::plan().to_dot().contains("h0 -> h1"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        written(|out| write_dot(&Graph::of(self), out))
    }
}

fn write_dot(graph: &Graph<'_>, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "digraph exitmacro {{")?;
    writeln!(out, "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
    for (place, handler) in graph.plan.handlers().iter().enumerate() {
        let cycle = if graph.is_in_cycle[place] { ", color=red" } else { "" };
        let (name, details) = (Dot(name(handler)), details(handler));
        writeln!(out, "  h{place} [label=\"{name}\\n{details}\"{cycle}];")?;
    }
    for level in graph.levels.iter().filter(|level| level.len() > 1) {
        write!(out, "  {{ rank=same;")?;
        level.iter().try_for_each(|place| write!(out, " h{place};"))?;
        writeln!(out, " }}")?;
    }
    for (first, then) in graph.plan.edges() {
        writeln!(out, "  h{first} -> h{then};")?;
    }
    for (first, then) in &graph.order {
        writeln!(out, "  h{first} -> h{then} [style=dotted, arrowhead=open];")?;
    }
    for (first, then) in &graph.broken {
        writeln!(
            out,
            "  h{first} -> h{then} [style=dashed, color=red, constraint=false, \
             label=\"cycle: not kept\"];"
        )?;
    }
    writeln!(out, "}}")
}
