/** Opens ten streams over one connection of HTTP/2 for some seconds: URL STREAMS SECONDS. Prints how many had a tick. */

import http2 from "node:http2";

const [url, streams, seconds] = process.argv.slice(2);
const session = http2.connect(url, { rejectUnauthorized: false });
const begun = new Set();
const end = (error) => {
  console.log(JSON.stringify({ begun: begun.size, error: error?.message ?? "" }));
  process.exit();
};
session.on("error", end);
// A browser speaks HTTP/2 only where TLS has agreed on it.
session.on("connect", () => {
  if (session.encrypted && session.alpnProtocol !== "h2") end(new Error("TLS did not agree on HTTP/2"));
});
for (let number = 0; number < Number(streams); number++) {
  const stream = session.request({ ":path": "/v1/stream?symbols=*", accept: "text/event-stream" });
  stream.on("error", () => {});
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    if (text.includes("event: tick")) begun.add(number);
    if (begun.size === Number(streams)) end();
  });
}
setTimeout(end, Number(seconds) * 1000);
