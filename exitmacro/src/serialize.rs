//! `Serialize` for what a report and a plan consist of. Written by hand: the macros of serde would
//! bring in another version of syn, and know nothing of methods.

use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;
use crate::handler::{Location, Source, When};
use crate::order::cycle::Cycle;
use crate::plan::{Plan, PlannedHandler};
use crate::report::totals::Totals;
use crate::report::{HandlerReport, HandlerThread, Limit, Outcome, Report, SkipReason};
use core::time::Duration;
use serde_core::ser::{
    Serialize, SerializeSeq, SerializeStruct, SerializeStructVariant, Serializer,
};

/// A time as a number of seconds.
struct Seconds(Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_secs_f64())
    }
}

/// A value with named fields.
macro_rules! fields {
    ($type:ident, |$value:ident| { $($name:ident: $field:expr,)+ }) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                let count = [$(stringify!($name)),+].len();
                let mut fields = serializer.serialize_struct(stringify!($type), count)?;
                $(fields.serialize_field(stringify!($name), &$field)?;)+
                fields.end()
            }
        }
    };
}

/// An enum without data.
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal,)+ }) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let name = match self {
                    $(Self::$variant => $name,)+
                };
                serializer.serialize_unit_variant(stringify!($type), *self as u32, name)
            }
        }
    };
}

fields!(Report, |report| {
    reason: report.reason(),
    status: report.status(),
    budget: report.budget().map(Seconds),
    duration: Seconds(report.duration()),
    is_finished: report.is_finished(),
    is_success: report.is_success(),
    totals: report.totals(),
    handlers: report.handlers(),
    edges: report.edges(),
});

fields!(HandlerReport, |handler| {
    name: handler.name(),
    location: handler.location(),
    priority: handler.priority(),
    outcome: handler.outcome(),
    start: Seconds(handler.start()),
    duration: Seconds(handler.duration()),
    limit: handler.limit(),
    awaited: handler.awaited(),
    thread: handler.thread(),
    runner: handler.runner(),
});

fields!(Totals, |totals| {
    completed: totals.completed,
    failed: totals.failed,
    panicked: totals.panicked,
    timed_out: totals.timed_out,
    skipped: totals.skipped,
    exited: totals.exited,
});

fields!(Location, |location| {
    file: location.file(),
    line: location.line(),
});

fields!(Signal, |signal| {
    name: signal.name(),
    number: signal.number(),
});

fields!(Plan, |plan| {
    handlers: plan.handlers(),
    edges: plan.edges(),
    cycles: plan.cycles(),
    ignores_edges: plan.ignores_edges(),
    worst_case: Seconds(plan.worst_case()),
    stated_worst_case: Seconds(plan.stated_worst_case()),
    budget: Seconds(plan.budget()),
    threads: plan.threads(),
});

fields!(PlannedHandler, |handler| {
    name: handler.name(),
    location: handler.location(),
    priority: handler.priority(),
    timeout: Seconds(handler.timeout()),
    is_timeout_stated: handler.is_timeout_stated(),
    source: handler.source(),
    is_concurrent: handler.is_concurrent(),
    when: handler.when(),
});

fields!(Cycle, |cycle| {
    names: Names(cycle),
    unnamed_edges: cycle.unnamed_edges(),
});

/// The names of a cycle, as a list.
struct Names<'a>(&'a Cycle);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.0.names();
        let mut list = serializer.serialize_seq(Some(names.len()))?;
        for name in names {
            list.serialize_element(name)?;
        }
        list.end()
    }
}

names!(SkipReason {
    Budget = "budget",
    Environment = "environment",
    When = "when",
    UnknownStatus = "unknown_status",
});

names!(HandlerThread {
    Runner = "runner",
    Caller = "caller",
});

names!(Source {
    Declared = "declared",
    Registered = "registered",
    Tracked = "tracked",
});

names!(When {
    Always = "always",
    Success = "success",
    Failure = "failure",
    Signal = "signal",
});

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (of, name) = ("Outcome", self.name());
        match self {
            Self::Completed => serializer.serialize_unit_variant(of, 0, name),
            Self::Failed(message) => serializer.serialize_newtype_variant(of, 1, name, &**message),
            Self::Panicked(message) => {
                serializer.serialize_newtype_variant(of, 2, name, &**message)
            }
            Self::TimedOut => serializer.serialize_unit_variant(of, 3, name),
            Self::Skipped(reason) => serializer.serialize_newtype_variant(of, 4, name, reason),
            Self::Exited(status) => serializer.serialize_newtype_variant(of, 5, name, status),
        }
    }
}

impl Serialize for ExitReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = "ExitReason";
        match self {
            Self::Return => serializer.serialize_unit_variant(of, 0, "return"),
            Self::Exit => serializer.serialize_unit_variant(of, 1, "exit"),
            Self::Panic => serializer.serialize_unit_variant(of, 2, "panic"),
            Self::Signal(signal) => serializer.serialize_newtype_variant(of, 3, "signal", signal),
            Self::Requested => serializer.serialize_unit_variant(of, 4, "requested"),
            Self::Unload => serializer.serialize_unit_variant(of, 5, "unload"),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = "Limit";
        let (index, name, fields) = match *self {
            Self::Timeout(timeout) => {
                return serializer.serialize_newtype_variant(of, 0, "timeout", &Seconds(timeout));
            }
            Self::Share { share, left } => (1, "share", [("share", share), ("left", left)]),
            Self::Budget { left, budget } => (2, "budget", [("left", left), ("budget", budget)]),
        };
        let mut variant = serializer.serialize_struct_variant(of, index, name, fields.len())?;
        for (field, time) in fields {
            variant.serialize_field(field, &Seconds(time))?;
        }
        variant.end()
    }
}

#[cfg(test)]
#[path = "serialize_tests.rs"]
mod tests;
