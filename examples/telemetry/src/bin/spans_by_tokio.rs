//! Sends spans by OTLP over HTTP. Here a task of the program's tokio runtime sends them, so that
//! runtime must work while the handler waits. `#[exitmacro::main]` keeps it until the handlers have
//! finished, also when the body of `main` returns or panics.

use exitmacro::{at_exit, priority};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use std::error::Error;
use std::sync::OnceLock;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

// Last of all, so that the spans of the other handlers are sent, too.
#[at_exit(priority = priority::TELEMETRY, timeout = "8s")]
fn send_last_spans() -> OTelSdkResult {
    PROVIDER.get().map_or(Ok(()), SdkTracerProvider::shutdown)
}

// A task that calls `exit` keeps its worker, so one worker would not be enough.
#[exitmacro::main(signals)]
#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::Client::new())
        .with_endpoint(exitmacro_telemetry::destination("http://localhost:4318/v1/traces"))
        .build()?;
    let processor = BatchSpanProcessor::builder(exporter, Tokio).build();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    let tracer = PROVIDER.get_or_init(|| provider).tracer("orders");

    for order in 1..=100 {
        tracer.in_span(format!("order {order:03}"), |_| {});
    }
    tokio::spawn(async { exitmacro_telemetry::end() }).await.expect("the task does not panic");
    Ok(())
}
