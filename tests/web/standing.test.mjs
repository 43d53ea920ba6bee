import assert from "node:assert/strict";
import { test } from "node:test";

import { standingOf } from "../../web/elements/standing.js";

const OPEN = { link: "open", status: 0, detail: "", interval: 250, attempts: 0, feed: "live", reason: "", retryAt: 0, quietSince: 0, gaps: 0, gapReason: "", whole: true };
const HELD = { priced: true, asked: false, gone: false };

const of = (state, held = {}) => {
  const { state: name, text } = standingOf({ ...OPEN, ...state }, { ...HELD, ...held });
  return `${name} ${text}`.trim();
};

test("only the newest price of a live feed is live", () => {
  assert.equal(of({}), "live");
  assert.equal(of({ link: "connecting" }), "stale stale");
  assert.equal(of({ link: "waiting" }), "stale stale");
  assert.equal(of({ heldBack: true }), "stale stale");
  assert.equal(of({ link: "closed" }), "stale stale");
  assert.equal(of({ link: "refused", status: 401 }), "refused refused");
  assert.equal(of({ feed: "stale", reason: "no publisher" }), "stale stale");
  assert.equal(of({ whole: false }), "stale stale");
  assert.equal(of({}, { asked: true }), "stale stale");
});

test("without a price it says why there is none", () => {
  assert.equal(of({ link: "connecting" }, { priced: false }), "connecting connecting");
  assert.equal(of({}, { priced: false, asked: true }), "connecting connecting");
  assert.equal(of({ status: 400, detail: "1131 symbols" }, { priced: false, asked: true }), "refused refused");
  assert.equal(of({}, { priced: false }), "none no price");
  assert.equal(of({}, { priced: false, gone: true }), "none gone");
  assert.equal(of({ feed: "stale", reason: "no publisher" }, { priced: false }), "stale stale");
});

test("what its source says of a symbol stands beside its price", () => {
  for (const state of ["halted", "closed", "suspect"]) assert.equal(of({}, { state }), `${state} ${state}`);
  assert.equal(of({}, { state: "stale" }), "stale stale");
  assert.equal(of({}, { state: "auction" }), "auction auction");
  assert.equal(of({}, { state: "live" }), "live");
  // A broken connection outweighs it: it may be over.
  assert.equal(of({ link: "waiting" }, { state: "halted" }), "stale stale");
});
