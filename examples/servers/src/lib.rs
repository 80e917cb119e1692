//! The service of `tonic_service`, by hand: what `tonic-build` makes of
//! `service Orders { rpc Store(stream google.protobuf.StringValue) returns
//! (google.protobuf.StringValue); }`, so that building it needs no `protoc`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::server::Grpc;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower_service::Service;

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Stores the order whose parts the client sends.
#[derive(Debug, Clone)]
pub struct Orders;

async fn store(mut parts: Streaming<String>) -> Result<Response<String>, Status> {
    println!("order begun");
    let mut order = String::new();
    while let Some(part) = parts.message().await? {
        order += &part;
    }
    Ok(Response::new(format!("stored {order}")))
}

struct Store;

impl Service<Request<Streaming<String>>> for Store {
    type Response = Response<String>;
    type Error = Status;
    type Future = Answer<Response<String>, Status>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        Box::pin(store(request.into_inner()))
    }
}

impl Service<http::Request<Body>> for Orders {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer<http::Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async {
            Ok(match request.uri().path() {
                "/Orders/Store" => {
                    Grpc::new(ProstCodec::default()).client_streaming(Store, request).await
                }
                _ => Status::unimplemented("there is only `Store`").into_http(),
            })
        })
    }
}
