/** Reads the stream with npm's `launchdarkly-eventsource`: URL, and "identity" or "". */

import { EventSource } from "launchdarkly-eventsource";
import { NAMES, headers, report, reportEnd, reportError, url } from "./report.mjs";

const source = new EventSource(url, { headers });
for (const name of NAMES) source.addEventListener(name, ({ data }) => report(name, data));
source.onerror = ({ message }) => reportError(message);
source.onclosed = () => reportEnd("closed");
