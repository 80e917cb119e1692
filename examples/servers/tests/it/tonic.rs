//! `tonic_service`: the client sends the second part of its calls when the service has been told to
//! end.

use crate::service::{Service, ended};
use std::process::Command;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

const SERVICE: &str = env!("CARGO_BIN_EXE_tonic_service");

/// A call whose last part is missing.
struct Call {
    parts: Sender<String>,
    answer: JoinHandle<Result<String, Status>>,
}

impl Call {
    async fn begin(channel: Channel) -> Self {
        let (parts, receiver) = mpsc::channel(1);
        parts.send("pa".to_owned()).await.expect("there is room for it");
        let answer = tokio::spawn(call(channel, ReceiverStream::new(receiver)));
        Self { parts, answer }
    }

    async fn finish(self) -> Result<String, Status> {
        // Fails when the call has ended.
        _ = self.parts.send("per".to_owned()).await;
        drop(self.parts);
        self.answer.await.expect("it does not panic")
    }
}

async fn call(channel: Channel, parts: ReceiverStream<String>) -> Result<String, Status> {
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<String, String>::default();
    let path = "/Orders/Store".parse().expect("a path");
    Ok(client.client_streaming(Request::new(parts), path, codec).await?.into_inner())
}

/// A service with three calls in flight, over two connections.
async fn with_calls(command: &mut Command) -> (Service, Vec<Call>) {
    let mut service = Service::start(command);
    let endpoint = Endpoint::from_shared(format!("http://{}", service.address)).expect("a URI");
    let connect = async || endpoint.connect().await.expect("the service listens");
    let (first, second) = (connect().await, connect().await);
    let mut calls = Vec::new();
    for channel in [first.clone(), first, second] {
        calls.push(Call::begin(channel).await);
        assert_eq!(service.line(), "order begun");
    }
    (service, calls)
}

#[test]
fn tonic_answers_calls_in_flight() {
    Runtime::new().unwrap().block_on(async {
        let (mut service, calls) = with_calls(&mut Command::new(SERVICE)).await;
        service.send(libc::SIGTERM);
        service.wait_until_refused();
        for call in calls {
            assert_eq!(call.finish().await.unwrap(), "stored paper");
        }
        assert_eq!(service.end(), ended(143, "drained\ndatabase closed\n"));
    });
}
