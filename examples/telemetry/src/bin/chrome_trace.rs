//! Writes a trace for `chrome://tracing` or Perfetto by tracing-chrome. A thread writes the file in
//! blocks, and the bracket that makes it valid JSON last. The handler drops the guard, which waits
//! for that.

use exitmacro::{at_exit, priority};
use std::sync::Mutex;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static GUARD: Mutex<Option<FlushGuard>> = Mutex::new(None);

// Last of all, so that the spans of the other handlers are in the file.
#[at_exit(priority = priority::TELEMETRY)]
fn complete_trace() {
    drop(GUARD.lock().unwrap().take());
}

#[exitmacro::main(signals)]
fn main() {
    let file = exitmacro_telemetry::destination("trace.json");
    let (layer, guard) = ChromeLayerBuilder::new().file(file).build();
    *GUARD.lock().unwrap() = Some(guard);
    tracing_subscriber::registry().with(layer).init();

    for _ in 0..100 {
        tracing::info_span!("order").in_scope(|| {});
    }
    exitmacro_telemetry::end();
}
