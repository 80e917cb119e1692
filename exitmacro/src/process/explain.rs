//! What a program can learn about its own end: [`Plan::explain`].

use crate::config::Config;
use crate::config::origin::{self, Origin, Origins};
use crate::config::read::config;
use crate::fork::ownership;
use crate::handler::declared::handlers;
use crate::handler::{Rank, Source, When};
use crate::plan::explanation::{Explained, Explanation, Fact};
use crate::plan::place;
use crate::plan::{Plan, PlannedHandler};
use crate::process::panic;
use crate::text::count::Handlers;
use crate::text::duration::Size;
use crate::text::table::cell;
use crate::{registry, run, sys};
use core::fmt::{self, Write};
use std::collections::BTreeMap;

impl Plan {
    /// Explains the plan for the running program: why each handler has its place, and what may keep
    /// it from running.
    ///
    /// The table gives for each handler its priority and what puts it before the next one of that
    /// priority, or the handler that it waits for. The lines below name the crates of the linked
    /// handlers, the signals that are handled, what a panic does, whether libc gives the exit
    /// status, the limits and where each is set, and what `EXITMACRO_SKIP` matches.
    ///
    /// All but the order and the handlers is that of the calling process at the moment of the call.
    /// `#[exitmacro::main]` configures the process when `main` starts. The text is for people, and
    /// changes from version to version. [Why did my handler not run?](crate::why_not_run) lists
    /// symptoms and their causes.
    ///
    /// The guide: [why did it not run?](crate::guide::why_not).
    ///
    /// # Threads
    ///
    /// Takes the lock of the registered handlers for a moment.
    ///
    /// ```
    /// use exitmacro::at_exit;
    ///
    /// #[at_exit(priority = 10)]
    /// fn close_db() {}
    ///
    /// let explanation = exitmacro::plan().explain().to_string();
    /// assert!(explanation.contains("priority 10"));
    /// assert!(explanation.contains("budget: 25s (default)"));
    /// ```
    #[must_use]
    pub fn explain(&self) -> Explanation {
        let (config, origins) = (config(), origin::origins());
        let mut facts = vec![fact("process", process())];
        facts.extend(self.order());
        facts.push(fact("linked", linked(self.handlers())));
        facts.push(fact("signals", signals()));
        facts.push(fact("panics", panics()));
        facts.push(fact("status", status(&origins)));
        facts.extend(limits(&config, &origins));
        let patterns = config.skip.filter(|patterns| !patterns.trim_ascii().is_empty());
        facts.extend(patterns.map(|patterns| fact("EXITMACRO_SKIP", self.skip(patterns))));
        Explanation { handlers: self.explained(config.skip), facts }
    }

    fn explained(&self, skip: Option<&'static str>) -> Vec<Explained> {
        let order: Vec<Rank> = self.handlers().iter().map(PlannedHandler::rank).collect();
        let reasons = place::reasons(handlers(), &order, &registry::table());
        let explained = |(handler, reason): (&PlannedHandler, String)| Explained {
            name: handler.name().to_owned(),
            location: handler.location().to_string(),
            reason: format!("{reason}{}", remarks(handler, skip)),
        };
        self.handlers().iter().zip(reasons).map(explained).collect()
    }

    /// What stands against the order that the program asks for.
    fn order(&self) -> impl Iterator<Item = Fact> {
        let cycles = self.cycles().iter();
        cycles
            .map(|cycle| {
                fact(
                    "ordering cycle",
                    format!("{}; the first one runs first", cell(&cycle.to_string())),
                )
            })
            .chain(self.unplanned.map(|unplanned| fact("order", unplanned.to_string())))
    }

    fn skip(&self, patterns: &'static str) -> String {
        let names = || self.handlers().iter().map(PlannedHandler::name);
        let count = names().filter(|name| run::matches_any(patterns, name)).count();
        let mut text = format!("`{}` skips {}", cell(patterns), Handlers(count));
        let mut left = Some(patterns);
        while let Some(pattern) = run::next_unmatched(&mut left, names) {
            _ = write!(text, "; `{}` matches none of this plan", cell(pattern));
        }
        text
    }
}

fn fact(title: &'static str, text: impl Into<String>) -> Fact {
    Fact { title, text: text.into() }
}

/// What may keep the handler from running, or lets others run at the same time.
fn remarks(handler: &PlannedHandler, skip: Option<&'static str>) -> String {
    let mut remarks = String::new();
    if handler.is_concurrent() {
        remarks.push_str("; may run at the same time as others of its priority");
    }
    remarks.push_str(match handler.when() {
        When::Always => "",
        When::Success => "; only if the process succeeds",
        When::Failure => "; only if the process fails",
        When::Signal => "; only after a signal",
    });
    if skip.is_some_and(|patterns| run::matches_any(patterns, handler.name())) {
        remarks.push_str("; skipped: EXITMACRO_SKIP matches it");
    }
    remarks
}

fn is_main_program() -> bool {
    sys::is_in_main_program(is_main_program as *const ())
}

/// Whose handlers run in this process, and whether they still will.
fn process() -> String {
    let whose = if !is_main_program() {
        "a shared object, whose handlers run when it is unloaded or the process ends"
    } else if ownership::adopted_elsewhere().is_some() {
        "a child has adopted the handlers, and they run there"
    } else if ownership::owns_declared() {
        "the handlers belong to this process"
    } else {
        "a forked child: it runs only the handlers that it registers itself, \
         and those with `fork = inherit`; `exitmacro::adopt` moves those of its parent here"
    };
    let over = if run::is_finished() { "; they have run, and do not run again" } else { "" };
    format!("{whose}{over}")
}

/// How many handlers come from which crate.
fn linked(planned: &[PlannedHandler]) -> String {
    let mut crates = BTreeMap::<_, usize>::new();
    for handler in handlers().iter() {
        *crates.entry(String::from_utf8_lossy(handler.crate_name())).or_default() += 1;
    }
    let mut text = if crates.is_empty() {
        "no handlers at link time (a dependency that no source file names is not linked)".to_owned()
    } else {
        format!("{} at link time", Handlers(handlers().len()))
    };
    let mut separator = ": ";
    for (name, count) in crates {
        _ = write!(text, "{separator}{count} in `{name}`");
        separator = ", ";
    }
    let of = |source| planned.iter().filter(|handler| handler.source() == source).count();
    let (registered, tracked) = (of(Source::Registered), of(Source::Tracked));
    _ = write!(text, "; in this plan, {registered} registered at run time and {tracked} tracked");
    text
}

#[cfg(feature = "signals")]
fn signals() -> String {
    crate::process::signals_in_words::in_words()
}

#[cfg(not(feature = "signals"))]
fn signals() -> String {
    "not handled: the feature `signals` of `exitmacro` is off; \
     a signal ends the process without the handlers"
        .to_owned()
}

fn panics() -> String {
    let runs = if panic::runs_handlers() {
        "runs the handlers (`panic_abort = run`)"
    } else {
        "ends the process without the handlers; `panic_abort = run` changes that"
    };
    if cfg!(panic = "abort") {
        format!("abort; a panic {runs}")
    } else {
        format!("unwind; a panic that cannot unwind {runs}")
    }
}

/// Whether the handlers know the exit status.
fn status(origins: &Origins) -> String {
    let libc = sys::libc_version();
    if sys::TELLS_STATUS && !is_main_program() {
        return format!(
            "known when the process fails, unknown when the object is unloaded; by {libc}"
        );
    }
    if sys::TELLS_STATUS {
        return format!("known; {libc} gives it to the hook");
    }
    let by_main = if matches!(origins.program, Some(Origin::Main(_))) {
        "known at the end of `main` and after `exitmacro::exit`"
    } else {
        "known only after `exitmacro::exit`; `#[exitmacro::main]` makes it known at \
         the end of `main`"
    };
    format!("{by_main}; {libc} does not give it to the hook")
}

fn limits(config: &Config, origins: &Origins) -> [Fact; 4] {
    let with = |value: fmt::Arguments<'_>, origin: Origin| format!("{value} ({origin})");
    let bounds = config.bounds;
    let on_failure = match config.on_failure {
        Some(code) => with(format_args!("status {code} in place of 0"), origins.on_failure),
        None => with(format_args!("the exit status stays"), origins.on_failure),
    };
    [
        fact("budget", with(format_args!("{}", Size(bounds.budget)), origins.budget)),
        fact("timeout", with(format_args!("{}", Size(bounds.timeout)), origins.timeout)),
        fact("threads", with(format_args!("{}", bounds.threads), origins.threads)),
        fact("on failure", on_failure),
    ]
}
