//! Sends spans by OTLP over HTTP. The batch processor of the OpenTelemetry SDK has a thread of its
//! own, which sends every five seconds. The handler shuts the provider down, which sends the rest.

use exitmacro::{at_exit, priority};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::error::Error;
use std::sync::OnceLock;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

// Last of all, so that the spans of the other handlers are sent, too.
#[at_exit(priority = priority::TELEMETRY, timeout = "8s")]
fn send_last_spans() -> OTelSdkResult {
    PROVIDER.get().map_or(Ok(()), SdkTracerProvider::shutdown)
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let exporter = SpanExporter::builder()
        .with_http()
        // A thread without a runtime sends, so the client is the blocking one.
        .with_http_client(reqwest::blocking::Client::new())
        .with_endpoint(exitmacro_telemetry::destination("http://localhost:4318/v1/traces"))
        .build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let tracer = PROVIDER.get_or_init(|| provider).tracer("orders");

    for order in 1..=100 {
        tracer.in_span(format!("order {order:03}"), |_| {});
    }
    exitmacro_telemetry::end();
    Ok(())
}
