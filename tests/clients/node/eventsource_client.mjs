/** Reads the stream with npm's `eventsource-client`: URL, and "identity" or "". */

import { createEventSource } from "eventsource-client";
import { headers, report, reportEnd, reportError, url } from "./report.mjs";

const source = createEventSource({
  url,
  headers,
  // It looks at no status by itself.
  async fetch(address, init) {
    const response = await fetch(address, init);
    if (response.status < 400) return response;
    if (response.status < 500) {
      source.close();
      reportEnd(`answered ${response.status}`);
    }
    throw new Error(`answered ${response.status}`);
  },
  onMessage: ({ event, data }) => report(event, data),
  onScheduleReconnect: ({ delay }) => reportError(`it comes back in ${delay} ms`),
});
