//! Applies the configuration of the program: at load, or when `main` begins.

use crate::config::declared::{self, BY_CONFIG, Settings};
use crate::fork::identity;
use crate::handler::Location;
use crate::process::{engine, panic};
use crate::report::line::say;
use crate::sys::{self, Node};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the constructor of a `config!` calls.
#[derive(Debug)]
pub struct Configuration;

impl Configuration {
    /// Keeps the settings for the entry at load. If that was called before this constructor, which
    /// depends on the linker where sections have no order, applies them.
    pub fn put(&self, node: &'static Node<Settings>) {
        BY_CONFIG.put(node);
        if identity::is_noted() {
            node.element.apply_at_load();
        }
    }
}

/// Applies `config!`. A program that is configured twice does not start, as no rule chooses one of
/// the two.
pub(crate) fn at_load() {
    let Some(first) = declared::by_config() else { return };
    if let Some(second) = BY_CONFIG.elements().find(|settings| !core::ptr::eq(*settings, first)) {
        report_two_configurations(first, second);
        if sys::is_in_main_program(at_load as *const ()) {
            sys::exit_now(1);
        }
    }
    if !HAS_BEGUN.swap(true, Ordering::Relaxed) {
        begin(first);
    }
}

/// Whether `config!` was applied.
static HAS_BEGUN: AtomicBool = AtomicBool::new(false);

/// Applies `#[exitmacro::main]`, for the first `main` that begins on the main thread. Returns
/// `false` for any other `main`, which is an ordinary function.
///
/// If the program also uses `config!`, ends it, as a second `config!` does.
pub(crate) fn begin_main(settings: &'static Settings) -> bool {
    if !sys::is_main_thread() || !declared::set_by_main(settings) {
        return false;
    }
    if let Some(first) = declared::by_config() {
        report_two_configurations(first, settings);
        sys::exit_now(1);
    }
    begin(settings);
    true
}

fn report_two_configurations(first: &Settings, second: &Settings) {
    say(format_args!(
        "the end of this program is configured twice, at {} and at {}: keep one",
        first.location, second.location
    ));
}

/// Applies settings.
fn begin(settings: &Settings) {
    // The hook of a shared object undoes what the settings change. And another thread may end the
    // process by now, which has to be known when `main` returns.
    engine::start();
    if settings.panic_abort {
        panic::run_handlers();
    }
    if let Some(start_signals) = settings.start_signals {
        start_signals(settings);
    }
}

impl Settings {
    /// Settings without values, at this place in the source.
    #[must_use]
    pub const fn new(file: &'static str, line: u32) -> Self {
        Self::applied_by(at_load, Location::new(file, line))
    }
}
