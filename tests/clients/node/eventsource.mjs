/** Reads the stream with npm's `eventsource`: URL, and "identity" or "". */

import { EventSource } from "eventsource";
import { NAMES, headers, report, reportEnd, reportError, url } from "./report.mjs";

const source = new EventSource(url, {
  fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...headers } }),
});
for (const name of NAMES) source.addEventListener(name, ({ data }) => report(name, data));
source.onerror = ({ message }) => {
  if (source.readyState === EventSource.CLOSED) reportEnd(message);
  else reportError(message);
};

// Its wait before it reconnects does not keep Node running; any other work of a program does.
setInterval(() => {}, 60_000);
