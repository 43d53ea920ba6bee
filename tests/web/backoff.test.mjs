import assert from "node:assert/strict";
import { test } from "node:test";

import { backOff, retryAfter } from "../../web/tickcast/backoff.js";

test("waits double up to the longest, and are random between half and all of it", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 40].map((n) => backOff(n, 1)), [3000, 6000, 12000, 24000, 30000, 30000]);
  assert.equal(backOff(0, 0), 1500);
  assert.equal(backOff(1, 1, 500), 1000);
});

test("a server that names a time is not asked sooner, nor by all clients at once, nor after hours", () => {
  assert.equal(backOff(0, 0, 3000, 20_000), 20_000);
  assert.equal(backOff(0, 1, 3000, 20_000), 30_000);
  assert.equal(backOff(0, 0, 3000, 1_000), 1500);
  assert.equal(backOff(0, 0, 3000, 86_400_000), 300_000);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-11-23T10:00:00Z");
  assert.equal(retryAfter("7", now), 7000);
  assert.equal(retryAfter("Mon, 23 Nov 2026 10:00:30 GMT", now), 30_000);
  assert.deepEqual([null, "", "soon", "Mon, 23 Nov 2026 09:00:00 GMT"].map((each) => retryAfter(each, now)), [0, 0, 0, 0]);
});
