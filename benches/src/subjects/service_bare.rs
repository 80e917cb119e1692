//! A service of axum, tokio and tracing. Nothing at exit.

#[tokio::main]
async fn main() -> std::io::Result<()> {
    exitmacro_benches::service::serve().await
}
