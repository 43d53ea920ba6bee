//! Prints what a client of the matrix reads (tests/clients/judge.py), and says what it is asked for.

use std::fmt::Display;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// The address of the stream.
pub fn url() -> String {
    std::env::args().nth(1).expect("a URL")
}

/// Whether to ask for no compression; none of these clients does by itself.
pub fn is_identity() -> bool {
    std::env::args().nth(2).as_deref() == Some("identity")
}

/// One event of the stream. Its data is JSON, and printed as it came; an event without is no event to the standard,
/// and some clients hand it on all the same.
pub fn event(name: &str, data: &str) {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_micros();
    let data = if data.is_empty() { "null" } else { data };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{{\"at\":{at},\"event\":\"{name}\",\"data\":{data}}}").expect("a reader");
}

/// Why the connection ended, or could not be made; the client goes on.
pub fn error(why: impl Display) {
    event("error", &serde_json::json!(why.to_string()).to_string());
}

/// Why the client gives up; ends the program.
pub fn end(why: impl Display) -> ! {
    event("end", &serde_json::json!(why.to_string()).to_string());
    std::process::exit(0)
}
