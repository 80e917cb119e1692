//! The plan as a graph for Mermaid.

use crate::picture::escape::Mermaid;
use crate::picture::levels::{Graph, details, name};
use crate::picture::written;
use crate::plan::Plan;
use core::fmt::{self, Write};

impl Plan {
    /// The plan as a flowchart of Mermaid, which forges and documents show. A solid arrow is an
    /// edge: `after` or `before`. A dotted one is the order that priorities make. Handlers that may
    /// run at the same time stand in one box. An edge that is not kept, because it closes a cycle,
    /// says so.
    ///
    /// Mermaid itself takes at most 500 arrows, unless it is configured otherwise.
    ///
    /// With the feature `picture`.
    ///
    /// ```standalone_crate
    /// use exitmacro::Handler;
    ///
    /// let pool = Handler::new("close the pool").register(|| ())?;
    /// Handler::new("flush the log").after_id(pool).register(|| ())?;
    /// assert!(exitmacro::plan().to_mermaid().contains("h0 --> h1"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        written(|out| write_mermaid(&Graph::of(self), out))
    }
}

fn write_mermaid(graph: &Graph<'_>, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "flowchart TB")?;
    for (number, level) in graph.levels.iter().enumerate() {
        let is_box = level.len() > 1;
        if is_box {
            writeln!(out, "  subgraph l{number}[\"at the same time\"]")?;
        }
        for &place in level {
            let handler = &graph.plan.handlers()[place];
            let (name, details) = (Mermaid(name(handler)), details(handler));
            writeln!(out, "  h{place}[\"{name}<br/>{details}\"]")?;
        }
        if is_box {
            writeln!(out, "  end")?;
        }
    }
    for (first, then) in graph.plan.edges() {
        writeln!(out, "  h{first} --> h{then}")?;
    }
    for (first, then) in &graph.order {
        writeln!(out, "  h{first} -.-> h{then}")?;
    }
    for (first, then) in &graph.broken {
        writeln!(out, "  h{first} -. \"cycle: not kept\" .-> h{then}")?;
    }
    let in_cycle = (0..graph.is_in_cycle.len()).filter(|&place| graph.is_in_cycle[place]);
    let in_cycle: Vec<String> = in_cycle.map(|place| format!("h{place}")).collect();
    if !in_cycle.is_empty() {
        writeln!(out, "  classDef cycle stroke:#cf222e,stroke-dasharray:4 2")?;
        writeln!(out, "  class {} cycle", in_cycle.join(","))?;
    }
    Ok(())
}
