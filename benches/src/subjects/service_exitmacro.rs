//! A service of axum, tokio and tracing, with one handler, declared with `exitmacro`.

#[exitmacro::at_exit]
fn handler() {
    exitmacro_benches::work();
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    exitmacro_benches::service::serve().await
}
