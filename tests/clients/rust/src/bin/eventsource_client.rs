//! Reads the stream with eventsource-client: URL, and "identity" or "".

use eventsource_client::{Client, ClientBuilder, Error, ReconnectOptions, SSE};
use futures::StreamExt;
use std::time::Duration;
use tickcast_clients as report;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut builder = ClientBuilder::for_url(&report::url()).expect("a URL");
    if report::is_identity() {
        builder = builder.header("Accept-Encoding", "identity").expect("a header");
    }
    let reconnect = ReconnectOptions::reconnect(true).delay(Duration::from_secs(1));
    let mut stream = builder.reconnect(reconnect.build()).build_http().stream();
    while let Some(event) = stream.next().await {
        match event {
            Ok(SSE::Event(event)) => report::event(&event.event_type, &event.data),
            Ok(_) => (),
            Err(Error::UnexpectedResponse(answer, _)) if answer.status() / 100 == 4 => report::end(answer.status()),
            Err(why) => report::error(why),
        }
    }
    report::end("closed");
}
