/** Reads a stream with npm's `eventsource`, and prints [name, data] as JSON lines: URL TICKS. */

import { EventSource } from "eventsource";

const [url, ticks] = process.argv.slice(2);
const source = new EventSource(url);
let left = Number(ticks);
for (const name of ["hello", "snapshot", "tick", "gap", "status", "bye"]) {
  source.addEventListener(name, ({ data }) => {
    if (left === 0) return;
    console.log(JSON.stringify([name, data]));
    if (name === "tick" && --left === 0) source.close();
  });
}
source.onerror = (error) => {
  console.error(error);
  process.exit(1);
};
