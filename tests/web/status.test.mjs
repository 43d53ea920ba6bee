import assert from "node:assert/strict";
import { test } from "node:test";

import { gapsOf, statusOf } from "../../web/page/status.js";

const OPEN = { link: "open", status: 0, detail: "", interval: 250, attempts: 0, feed: "live", reason: "", retryAt: 0, quietSince: 0, gaps: 0, gapReason: "" };
const NOW = 1_000_000;

const words = (change, lastTick = NOW) => {
  const { tone, text, detail } = statusOf({ ...OPEN, ...change }, NOW, lastTick);
  return `${tone}: ${text} ${detail}`.trim();
};

test("every state has its words", () => {
  assert.equal(words({}), "live: Live");
  assert.equal(words({}, 0), "live: Live");
  assert.equal(words({}, NOW - 9_000), "live: Live no tick for 9 s");
  assert.equal(words({ link: "connecting" }), "wait: Connecting");
  assert.equal(words({ link: "connecting", attempts: 1 }), "wait: Reconnecting now");
  assert.equal(words({ link: "waiting", retryAt: NOW + 2_100 }), "wait: Reconnecting in 3 s");
  assert.equal(words({ link: "waiting", retryAt: NOW - 50 }), "wait: Reconnecting in 0 s");
  const stale = { feed: "stale", reason: "no connection to Redis", quietSince: NOW - 4_000 };
  assert.equal(words(stale), "stale: Stale: no connection to Redis for 4 s");
  assert.equal(words({ link: "closed" }), "stale: Closed");
});

test("a stream that is held back says so in words, until it comes through", () => {
  const told = "stale: Held back: a proxy or virus scanner on the way keeps the live stream. Newest prices every few seconds";
  for (const link of ["connecting", "waiting", "open"]) {
    assert.equal(words({ link, heldBack: true }), `${told} not every change is seen`);
  }
  assert.equal(words({ heldBack: false }), "live: Live");
  assert.equal(words({ link: "closed", heldBack: true }), "stale: Closed");
});

test("a live feed is quiet only after more than two of its intervals", () => {
  assert.equal(words({ interval: 10_000 }, NOW - 24_000), "live: Live");
  assert.equal(words({ interval: 10_000 }, NOW - 26_000), "live: Live no tick for 26 s");
});

test("a refused change is reported while the stream goes on", () => {
  const refused = { status: 400, detail: "1131 symbols; at most 1000" };
  assert.equal(words(refused), "live: Live, but a change was refused: 1131 symbols; at most 1000");
  assert.equal(words({ status: 401 }), "live: Live, but a change was refused: Not signed in");
  assert.equal(words({ status: 418 }), "live: Live, but a change was refused: 418");
  assert.equal(words({ detail: "some cannot be added" }), "live: Live, but a change was refused: some cannot be added");
  const paused = statusOf({ ...OPEN, ...refused }, NOW, NOW, NOW);
  assert.match(paused.text, /^Paused: .*, but a change was refused: 1131 symbols; at most 1000$/);
});

test("a broken connection outweighs the state of the feed", () => {
  assert.equal(words({ link: "waiting", feed: "stale", reason: "x", retryAt: NOW }), "wait: Reconnecting in 0 s");
});

test("a refusal is shown in the server's own words, with its meaning", () => {
  const refused = { link: "refused", status: 401, detail: "the token has expired", retryAt: NOW + 60_000 };
  assert.equal(words(refused), "stale: Not signed in: the token has expired tries again in 60 s");
  assert.equal(words({ ...refused, status: 418, detail: "", retryAt: 0 }), "stale: Refused (418)");
  const full = { link: "waiting", status: 503, detail: "this gateway is full", retryAt: NOW + 2_000 };
  assert.equal(words(full), "wait: No gateway is free: this gateway is full. Reconnecting in 2 s");
});

test("a frozen display shows the time of its prices, unless there is worse to report", () => {
  const { tone, text } = statusOf(OPEN, NOW, NOW, NOW - 60_000);
  assert.equal(tone, "paused");
  assert.match(text, /^Paused: prices of 1 Jan 1970 \d\d:\d\d:\d\d$/);
  assert.match(statusOf(OPEN, NOW, NOW, Date.now()).text, /^Paused: prices of \d\d:\d\d:\d\d$/);
  assert.equal(statusOf({ ...OPEN, link: "waiting", retryAt: NOW }, NOW, NOW, NOW).text, "Reconnecting");
});

test("gaps are shown with the newest reason", () => {
  assert.equal(gapsOf(OPEN), "none");
  assert.equal(gapsOf({ ...OPEN, gaps: 2, gapReason: "slow" }), "2 (slow)");
});
