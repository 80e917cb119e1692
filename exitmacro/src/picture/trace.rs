//! The report as a trace for a viewer.

use crate::picture::escape::{Json, visible};
use crate::picture::longest::last_end;
use crate::picture::written;
use crate::report::{HandlerReport, HandlerThread, Report};
use crate::text::duration::Size;
use core::fmt::{self, Write};
use core::time::Duration;

impl Report {
    /// The report as a trace, in the JSON of Chrome, which <https://ui.perfetto.dev> and
    /// `chrome://tracing` open: an event for each handler, on its thread, with priority, outcome,
    /// limit and location; a flow for each edge.
    ///
    /// With the variable `EXITMACRO_TRACE=shutdown.json` any program with the feature `picture`
    /// writes it at its end.
    ///
    /// ```standalone_crate
    /// exitmacro::register(|| ())?;
    /// let trace = exitmacro::run().to_trace();
    /// assert!(trace.contains(r#""thread_name""#));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn to_trace(&self) -> String {
        written(|out| write_trace(self, out))
    }
}

/// Writes the trace piece by piece.
pub(crate) fn write_trace(report: &Report, out: &mut dyn Write) -> fmt::Result {
    let process = std::process::id();
    let threads = Threads::of(report);
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
    write_run(report, out)?;
    writeln!(out, ",\"traceEvents\":[")?;
    write_names(&threads, process, out)?;
    let last = last_end(report);
    write!(
        out,
        ",\n{{\"ph\":\"X\",\"pid\":{process},\"tid\":{CALLER},\"ts\":0,\"dur\":{},\
         \"cat\":\"run\",\"name\":\"exit handlers\",\"args\":",
        Micros(last)
    )?;
    write_run(report, out)?;
    out.write_str("}")?;
    for handler in report.handlers() {
        write_handler(handler, process, &threads, out)?;
    }
    for (number, &(first, then)) in report.edges().iter().enumerate() {
        let [first, then] = [first, then].map(|place| &report.handlers()[place]);
        let head = format!("\"pid\":{process},\"id\":{number},\"cat\":\"edge\",\"name\":\"after\"");
        let (from, to) = (threads.number(first), threads.number(then));
        write!(out, ",\n{{\"ph\":\"s\",\"tid\":{from},\"ts\":{},{head}}}", Micros(first.start()))?;
        write!(
            out,
            ",\n{{\"ph\":\"f\",\"bp\":\"e\",\"tid\":{to},\"ts\":{},{head}}}",
            Micros(then.start())
        )?;
    }
    out.write_str("\n]}\n")
}

/// The names of the process and its threads, in the order in which a viewer shows them.
fn write_names(threads: &Threads, process: u32, out: &mut dyn Write) -> fmt::Result {
    write!(
        out,
        "{{\"ph\":\"M\",\"pid\":{process},\"tid\":{CALLER},\"name\":\"process_name\",\
         \"args\":{{\"name\":\"exit handlers\"}}}}"
    )?;
    for thread in CALLER..=threads.last {
        let name = match thread - CALLER {
            0 => "caller".to_owned(),
            _ if thread == threads.skipped => "not run".to_owned(),
            number => format!("runner {number}"),
        };
        let head = format!("{{\"ph\":\"M\",\"pid\":{process},\"tid\":{thread},\"name\"");
        write!(out, ",\n{head}:\"thread_name\",\"args\":{{\"name\":\"{name}\"}}}}")?;
        write!(out, ",\n{head}:\"thread_sort_index\",\"args\":{{\"sort_index\":{thread}}}}}")?;
    }
    Ok(())
}

/// The number of the caller's thread; runners follow it.
const CALLER: u32 = 1;

/// The numbers of threads in the trace.
struct Threads {
    /// Of the handlers that did not run.
    skipped: u32,
    last: u32,
}

impl Threads {
    fn of(report: &Report) -> Self {
        let handlers = report.handlers();
        let runners = handlers.iter().filter_map(HandlerReport::runner).max().unwrap_or(0);
        let has_skipped = handlers.iter().any(|handler| handler.thread().is_none());
        let last = CALLER + runners;
        Self { skipped: last + 1, last: last + u32::from(has_skipped) }
    }

    fn number(&self, handler: &HandlerReport) -> u32 {
        match (handler.thread(), handler.runner()) {
            (None, _) => self.skipped,
            (Some(HandlerThread::Caller), _) => CALLER,
            (Some(HandlerThread::Runner), number) => CALLER + number.unwrap_or(0),
        }
    }
}

/// What is known of the whole run.
fn write_run(report: &Report, out: &mut dyn Write) -> fmt::Result {
    let (reason, totals) = (report.reason().to_string(), report.totals().to_string());
    write!(out, "{{\"reason\":\"{}\",\"totals\":\"{}\"", Json(&reason), Json(&totals))?;
    if let Some(status) = report.status() {
        write!(out, ",\"status\":{status}")?;
    }
    if let Some(budget) = report.budget() {
        write!(out, ",\"budget\":\"{}\"", Size(budget))?;
    }
    out.write_str("}")
}

/// A complete event; for a handler that did not run, an instant.
fn write_handler(
    handler: &HandlerReport,
    process: u32,
    threads: &Threads,
    out: &mut dyn Write,
) -> fmt::Result {
    let (thread, start) = (threads.number(handler), Micros(handler.start()));
    write!(out, ",\n{{\"pid\":{process},\"tid\":{thread},\"ts\":{start},\"cat\":\"handler\",")?;
    if handler.thread().is_some() {
        write!(out, "\"ph\":\"X\",\"dur\":{},", Micros(handler.duration()))?;
    } else {
        write!(out, "\"ph\":\"i\",\"s\":\"t\",")?;
    }
    let (name, location, outcome) =
        (visible(handler.name()), handler.location().to_string(), handler.outcome().to_string());
    write!(
        out,
        "\"name\":\"{}\",\"args\":{{\"priority\":{},\"location\":\"{}\",\"outcome\":\"{}\"",
        Json(name),
        handler.priority(),
        Json(&location),
        Json(&outcome)
    )?;
    match (handler.limit(), handler.allowed) {
        (Some(limit), _) => write!(out, ",\"limit\":\"{}\"", Json(&limit.to_string()))?,
        (None, Some(allowed)) => write!(out, ",\"limit\":\"{}\"", Size(allowed))?,
        (None, None) => {}
    }
    out.write_str("}}")
}

/// Microseconds, to the nanosecond.
struct Micros(Duration);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        write!(f, "{}.{:03}", nanos / 1000, nanos % 1000)
    }
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
