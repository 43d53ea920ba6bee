/** Reads the stream with fetch and npm's `eventsource-parser`: URL, and "identity" or "". */

import { EventSourceParserStream } from "eventsource-parser/stream";
import { headers, report, reportEnd, reportError, url } from "./report.mjs";

let cursor = "";
let wait = 3_000;
for (;;) {
  try {
    const response = await fetch(url, { headers: { ...headers, ...(cursor && { "Last-Event-ID": cursor }) } });
    if (response.status >= 400 && response.status < 500) {
      reportEnd(`answered ${response.status}`);
      break;
    }
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const onRetry = (milliseconds) => {
      wait = milliseconds;
    };
    const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream({ onRetry }));
    for await (const { id, event, data } of events) {
      cursor = id || cursor;
      report(event, data);
    }
    reportError("the stream has ended");
  } catch (error) {
    reportError(error.message);
  }
  await new Promise((resume) => setTimeout(resume, wait));
}
