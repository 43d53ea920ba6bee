import assert from "node:assert/strict";
import { test } from "node:test";

import { ownStream } from "../../web/tickcast/home.js";

const PAGE = "https://app.example";

for (const [module, stream] of [
  ["https://app.example/tickcast/home.js", "/v1/stream"],
  ["https://app.example/prices/tickcast/home.js", "/prices/v1/stream"],
  ["https://app.example/a%20b/c/tickcast/home.js", "/a%20b/c/v1/stream"],
  // Bundled, installed, of another origin, of no server.
  ["https://app.example/assets/index-1a2b.js", "/v1/stream"],
  ["https://app.example/node_modules/tickcast/tickcast/home.js", "/v1/stream"],
  ["https://cdn.example/prices/tickcast/home.js", "/v1/stream"],
  ["file:///prices/tickcast/home.js", "/v1/stream"],
]) {
  test(`the stream of a library from ${module} is at ${stream}`, () => {
    assert.equal(ownStream(module, PAGE), stream);
  });
}

test("where there is no page the stream is at the root", () => {
  assert.equal(ownStream(), "/v1/stream");
});
