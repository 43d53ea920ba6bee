/** Prints what a client of the matrix reads (tests/clients/judge.py), and says what it is asked for. */

export const [url, coding] = process.argv.slice(2);

/** Headers for a client that asks for no compression, where it is asked to. */
export const headers = coding === "identity" ? { "Accept-Encoding": "identity" } : {};

export const NAMES = ["hello", "snapshot", "tick", "ticks", "bar", "gap", "symbols", "status", "heartbeat", "bye"];

/** One event of the stream. Its data is JSON, and printed as it came; an event without is no event to the standard. */
export function report(event, data) {
  const at = Math.round((performance.timeOrigin + performance.now()) * 1000);
  console.log(`{"at":${at},"event":"${event}","data":${data || "null"}}`);
}

/** Why the connection ended, or could not be made; the client goes on. */
export function reportError(why) {
  report("error", JSON.stringify(String(why)));
}

/** Why the client gives up. */
export function reportEnd(why) {
  report("end", JSON.stringify(String(why)));
}
