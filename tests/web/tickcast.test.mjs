import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Tickcast, backOff, streamUrl } from "../../web/tickcast.js";
import { FakeEventSource, installBrowser, source } from "./fakes.mjs";

const HELLO = { gateway: "gw-1", interval: 250, heartbeat: 5000, resumed: "live" };

let paint;
let stream;
let seen;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 1);
  paint = installBrowser();
  seen = [];
  stream = new Tickcast({ symbols: ["A", "B*"], interval: 250, onTicks: (ticks) => seen.push(ticks) });
});

afterEach(() => {
  stream.close();
  mock.timers.reset();
  mock.restoreAll();
});

const tick = (S, q, p = 1) => ({ S, q, p, t: 1 });

test("waits double, stay under the longest, and are drawn from half to all of it", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 40].map((n) => backOff(n, 1)), [3000, 6000, 12000, 24000, 30000, 30000]);
  assert.equal(backOff(0, 0), 1500);
});

test("the address carries the wish, and the cursor once there is one", () => {
  const wish = { symbols: [], interval: 0, cursor: "" };
  assert.equal(streamUrl("/v1/stream", wish), "/v1/stream?interval=0");
  assert.equal(
    streamUrl("/v1/stream", { symbols: ["A/B", "C*"], interval: 5, cursor: "x.1" }),
    "/v1/stream?interval=5&symbols=A%2FB%2CC*&lastEventId=x.1",
  );
});

test("ticks are told once per frame, the newest of each symbol", () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1)]);
  source().say("tick", tick("A", 2));
  source().say("tick", tick("A", 3));
  assert.deepEqual(seen, []);
  assert.equal(paint(), 1);
  assert.deepEqual(seen[0].map(({ S, q }) => S + q), ["A3", "B1"]);
  assert.equal(paint(), 0);
  assert.equal(stream.received, 2);
});

test("a refused stream is made anew after the wait, from the last cursor", () => {
  source().say("hello", HELLO);
  source().say("tick", tick("A", 1), "cursor-1");
  const first = source();
  first.fail();
  assert.equal(first.closed, true);
  assert.equal(stream.state.link, "waiting");
  assert.equal(stream.state.retryAt, 1_003_000);
  mock.timers.tick(2_999);
  assert.equal(FakeEventSource.made.length, 1);
  mock.timers.tick(1);
  assert.equal(source().query.get("lastEventId"), "cursor-1");
  assert.equal(source().query.get("symbols"), "A,B*");
});

test("waits grow until a hello, which makes them short again", () => {
  source().fail();
  mock.timers.tick(3_000);
  source().fail();
  assert.equal(stream.state.retryAt, 1_003_000 + 6_000);
  mock.timers.tick(6_000);
  source().say("hello", HELLO);
  assert.equal(stream.state.attempts, 0);
  source().fail();
  assert.equal(stream.state.retryAt, 1_009_000 + 3_000);
});

test("a bye is followed by the wait that it asks for, within bounds", () => {
  source().say("hello", HELLO);
  source().say("bye", { reason: "drain", retry: 700 });
  assert.equal(stream.state.retryAt, 1_000_700);
  assert.equal(stream.state.reason, "drain");
  mock.timers.tick(700);
  assert.equal(FakeEventSource.made.length, 2);
  source().say("bye", { reason: "drain", retry: 9e9 });
  assert.equal(stream.state.retryAt, 1_030_700);
});

test("a line that stays silent for two and a half heartbeats is given up", () => {
  source().say("hello", HELLO);
  mock.timers.tick(12_000);
  source().say("heartbeat", { t: 1, feed: "live", age: 0 });
  mock.timers.tick(12_000);
  assert.equal(stream.state.link, "open");
  mock.timers.tick(1_000);
  assert.equal(stream.state.link, "waiting");
  assert.equal(source().closed, true);
});

test("a connection that never says hello is given up", () => {
  mock.timers.tick(15_000);
  assert.equal(stream.state.link, "connecting");
  mock.timers.tick(1_000);
  assert.equal(stream.state.link, "waiting");
});

test("a stale feed is told with its reason and since when, until it is live", () => {
  source().say("hello", HELLO);
  source().say("status", { feed: "stale", age: 3_000, reason: "no heartbeat from the publisher" });
  source().say("heartbeat", { t: 1, feed: "stale", age: 8_000 });
  assert.equal(stream.state.feed, "stale");
  assert.equal(stream.state.reason, "no heartbeat from the publisher");
  assert.equal(stream.state.quietSince, 997_000);
  source().say("status", { feed: "live", age: 10 });
  assert.deepEqual([stream.state.feed, stream.state.reason], ["live", ""]);
});

test("gaps are counted with their reason, and so is a resumption that could not be exact", () => {
  source().say("hello", HELLO);
  source().say("gap", { reason: "slow", from: "a", to: "b" });
  assert.deepEqual([stream.state.gaps, stream.state.gapReason], [1, "slow"]);
  source().fail();
  mock.timers.tick(3_000);
  source().say("hello", { ...HELLO, resumed: "reset" });
  assert.deepEqual([stream.state.gaps, stream.state.gapReason], [2, "reset"]);
});

test("hurry ends a wait, and leaves an open stream alone", () => {
  source().say("hello", HELLO);
  stream.hurry();
  assert.equal(FakeEventSource.made.length, 1);
  source().fail();
  stream.hurry();
  assert.equal(FakeEventSource.made.length, 2);
  mock.timers.tick(3_000);
  assert.equal(FakeEventSource.made.length, 2);
});

test("a closed stream stays closed", () => {
  source().fail();
  stream.close();
  mock.timers.tick(100_000);
  assert.equal(FakeEventSource.made.length, 1);
  assert.equal(stream.state.link, "closed");
});
