import assert from "node:assert/strict";
import { test } from "node:test";

import { streamFacts } from "../../web/page/stream_facts.js";

const STATE = { link: "open", role: "alone", followers: 0, gaps: 0, gapReason: "", bytes: 0, reconnects: 0 };

const role = (change) => streamFacts({ ...STATE, ...change }, 0, 0).role;

test("a tab holds the stream for others only while there are any", () => {
  assert.equal(role({}), "its own stream");
  assert.equal(role({ role: "leader" }), "its own stream");
  assert.equal(role({ role: "leader", followers: 1 }), "holds the stream for 1 other tab");
  assert.equal(role({ role: "leader", followers: 3 }), "holds the stream for 3 other tabs");
  assert.equal(role({ role: "follower" }), "listens to another tab");
});

test("the lag is shown for a live feed, not for a recording", () => {
  const lag = (change) => streamFacts({ ...STATE, received: 1, lag: 1_234.4, source: "stdin", ...change }, 0, 0).lag;
  assert.equal(lag({}), "1,234 ms");
  assert.equal(lag({ source: "replay" }), "–");
  assert.equal(lag({ lag: 175_468_042_244 }), "–");
  assert.equal(lag({ received: 0 }), "–");
  assert.equal(lag({ link: "waiting" }), "–");
});
