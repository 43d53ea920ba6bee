/** Reads the stream with npm's `@microsoft/fetch-event-source`: URL, and "identity" or "". */

import fetchEventSource from "@microsoft/fetch-event-source";
import { headers, report, reportEnd, reportError, url } from "./report.mjs";

// It is made for browsers.
globalThis.window = globalThis;
globalThis.document = { addEventListener() {}, removeEventListener() {} };

class Refused extends Error {}

try {
  await fetchEventSource.fetchEventSource(url, {
    headers,
    openWhenHidden: true,
    async onopen(response) {
      const answer = `answered ${response.status}`;
      if (response.status >= 400 && response.status < 500) throw new Refused(answer);
      if (!response.ok) throw new Error(answer);
    },
    onmessage: ({ event, data }) => report(event, data),
    // To return here would be the end.
    onclose() {
      throw new Error("the stream has ended");
    },
    // What it throws is the end, and what it returns the wait.
    onerror(error) {
      if (error instanceof Refused) throw error;
      reportError(error.message);
    },
  });
} catch (error) {
  reportEnd(error.message);
}
