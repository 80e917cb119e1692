//! Which signals are handled, and how, in words.

use crate::config::declared;
use crate::fork::identity;
use crate::handler::signal::Signal;
use crate::inherited::signal_owner::{INSTALLED_BY, TAKEN_BY};
use crate::process::signals::OnSignal;
use crate::process::{asked, signal_handler, signal_policy};
use crate::sys;
use crate::text::duration::Size;
use core::fmt::Write;
use std::sync::atomic::Ordering::SeqCst;

pub(super) fn in_words() -> String {
    let is_installed = INSTALLED_BY.load(SeqCst) == identity::me();
    let handled: Vec<Signal> =
        if is_installed { signal_handler::ending().collect() } else { Vec::new() };
    let mut text = if handled.is_empty() {
        "not handled: a signal ends the process without the handlers".to_owned()
    } else {
        format!("{}: the handlers run{}, then {}", list(&handled), grace(), end())
    };
    let answered: Vec<Signal> = if TAKEN_BY.load(SeqCst) == identity::me() {
        signal_handler::called().collect()
    } else {
        Vec::new()
    };
    if !answered.is_empty() {
        let how = if answered.len() == 1 {
            "is answered by a function"
        } else {
            "are answered by functions"
        };
        _ = write!(text, "; {} {how} of the program", list(&answered));
    }
    for signal in handled.iter().filter(|signal| !sys::is_still_taken_over(signal.number())) {
        _ = write!(text, "; the handler of {signal} was replaced by another one since");
    }
    let asked = declared::in_effect().filter(|settings| settings.start_signals.is_some());
    let left_out = asked.into_iter().flat_map(|settings| settings.signals);
    for signal in left_out.filter(|signal| is_installed && !handled.contains(signal)) {
        _ = write!(text, "; {signal} was ignored when the program started, and stays ignored");
    }
    text
}

fn list(signals: &[Signal]) -> String {
    signals.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// When the handlers run.
fn grace() -> String {
    asked::grace()
        .map_or_else(String::new, |grace| format!(" when `main` returns, or after {}", Size(grace)))
}

/// How the process ends then.
fn end() -> &'static str {
    match signal_policy::get() {
        OnSignal::ExitCode => "the status is 128 plus the number of the signal (`exit_code`)",
        OnSignal::Reraise => "the process dies of the signal (`reraise`)",
        OnSignal::ExitZero => "the status is 0 (`exit_zero`)",
    }
}
