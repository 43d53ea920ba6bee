//! Reads the stream with reqwest and eventsource-stream: URL, and "identity" or "".

use eventsource_stream::Eventsource;
use futures::StreamExt;
use std::time::Duration;
use tickcast_clients as report;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = reqwest::Client::new();
    let mut wait = Duration::from_secs(3);
    let mut cursor = String::new();
    loop {
        let mut request = client.get(report::url()).header("Accept", "text/event-stream");
        if report::is_identity() {
            request = request.header("Accept-Encoding", "identity");
        }
        if !cursor.is_empty() {
            request = request.header("Last-Event-ID", &cursor);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_client_error() => report::end(answer.status()),
            Ok(answer) if !answer.status().is_success() => report::error(answer.status()),
            Ok(answer) => {
                let mut events = answer.bytes_stream().eventsource();
                while let Some(event) = events.next().await {
                    match event {
                        Ok(event) => {
                            wait = event.retry.unwrap_or(wait);
                            if !event.id.is_empty() {
                                cursor = event.id;
                            }
                            report::event(&event.event, &event.data);
                        }
                        Err(why) => {
                            report::error(why);
                            break;
                        }
                    }
                }
                report::error("the stream has ended");
            }
            Err(why) => report::error(why),
        }
        tokio::time::sleep(wait).await;
    }
}
