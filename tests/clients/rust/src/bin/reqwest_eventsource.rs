//! Reads the stream with reqwest-eventsource: URL, and "identity" or "".

use futures::StreamExt;
use reqwest_eventsource::{Error, Event, EventSource};
use tickcast_clients as report;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut request = reqwest::Client::new().get(report::url());
    if report::is_identity() {
        request = request.header("Accept-Encoding", "identity");
    }
    let mut source = EventSource::new(request).expect("a request without a body");
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => (),
            Ok(Event::Message(message)) => report::event(&message.event, &message.data),
            // It does not try again.
            Err(why @ (Error::InvalidStatusCode(..) | Error::InvalidContentType(..))) => report::end(why),
            Err(why) => report::error(why),
        }
    }
    report::end("closed");
}
