import assert from "node:assert/strict";
import { test } from "node:test";

import { request, isTransient, whyRefused } from "../../web/tickcast/refusal.js";
import { installFetch, problem } from "./fakes.mjs";

const never = () => new AbortController().signal;

test("a problem document says why", async () => {
  const asked = installFetch(problem(503, "this gateway is full", { "retry-after": "2" }));
  assert.deepEqual(await whyRefused("/v1/stream", never()), {
    status: 503, detail: "this gateway is full", retryAfter: 2000, ours: true,
  });
  assert.equal(asked[0].headers.accept, "text/event-stream");
});

test("a stream that would be sent now is closed, and is no refusal", async () => {
  const asked = installFetch({ type: "text/event-stream; charset=utf-8", body: "event: hello" });
  assert.equal((await whyRefused("/v1/stream", never())).status, 0);
  assert.equal(asked[0].signal.aborted, true);
});

test("an answer that is no stream is reported by its type", async () => {
  installFetch({ type: "text/html", body: "<h1>Log in</h1>" });
  const { status, detail } = await whyRefused("/v1/stream", never());
  assert.deepEqual([status, detail], [200, "the answer is text/html, not a stream"]);
});

test("no answer is status 0, and so is an aborted one", async () => {
  installFetch(new TypeError("network error"));
  assert.equal((await request("/x", never())).status, 0);
  globalThis.fetch = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const ours = new AbortController();
  const answer = request("/x", ours.signal);
  ours.abort();
  assert.equal((await answer).status, 0);
});

test("a body that is not the announced JSON is no answer", async () => {
  installFetch({ status: 502, type: "application/problem+json", body: "<html>" });
  assert.equal((await request("/x", never())).status, 0);
});

test("overload and network failures may pass, refusals do not", () => {
  assert.deepEqual([0, 408, 425, 429, 500, 502, 503, 504].filter((status) => !isTransient(status)), []);
  assert.deepEqual([200, 204, 400, 401, 403, 404, 410, 414].filter(isTransient), []);
});
