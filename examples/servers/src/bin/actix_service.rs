//! Answers the requests in flight with actix-web. The handler stops the server: it takes no more
//! connections, and the handler ends when the last request is answered.

use actix_web::dev::ServerHandle;
use actix_web::{App, Error, HttpServer, rt::System, web};
use exitmacro::{at_exit, priority};
use std::io;
use std::sync::OnceLock;

static SERVER: OnceLock<ServerHandle> = OnceLock::new();

#[at_exit(priority = priority::INTAKE, timeout = "20s")]
async fn drain_server() {
    let Some(server) = SERVER.get() else { return };
    server.stop(true).await;
    println!("drained");
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    // Or `#[actix_web::main]` below `#[exitmacro::main]`, on an `async fn main`.
    System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/orders", web::post().to(order)))
            .bind(("127.0.0.1", 0))?
            // Otherwise actix stops at SIGINT, too, and does not wait for the answers.
            .disable_signals();
        println!("listening on {}", server.addrs()[0]);
        let server = server.run();
        SERVER.get_or_init(|| server.handle());
        server.await
    })
}

async fn order(body: web::Payload) -> Result<String, Error> {
    println!("order begun");
    let text = body.to_bytes().await?;
    Ok(format!("stored {}", String::from_utf8_lossy(&text)))
}
