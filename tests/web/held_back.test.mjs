/** A stream that something on the way holds back. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { snapshotAddress, MAX_ADDRESS } from "../../web/tickcast/address.js";
import { Tickcast } from "../../web/tickcast.js";
import {
  FakeEventSource, HELLO, installBrowser, installFetch, settleFetch, source, startClock, stopClock, tick,
} from "./fakes.mjs";

let stream;
let paint;

const polled = (...ticks) => ({ body: JSON.stringify({ cursor: "c", epoch: "e1", ticks }) });

beforeEach(() => {
  stopClock();
  paint = installBrowser();
});

afterEach(() => {
  stream.close();
  startClock();
});

const open = () => {
  stream = new Tickcast({ url: "/v1/stream?access_token=x", symbols: ["A", "B"], share: false });
};

/** Let seconds pass, each with its check. */
async function pass(seconds) {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1_000);
    await settleFetch();
  }
}

test("a stream that never says hello is polled around, and that is said", async () => {
  const asked = installFetch(polled(tick("A", 5)), polled(tick("A", 9), tick("B", 2)));
  open();
  await pass(15);
  assert.deepEqual([asked.length, stream.state.heldBack], [0, false]);
  await pass(5);
  assert.deepEqual(asked.map(({ url }) => url), ["/v1/snapshot?access_token=x&symbols=A,B"]);
  const { heldBack, link, gaps, gapReason, whole } = stream.state;
  assert.deepEqual([heldBack, link, gaps, gapReason, whole], [true, "connecting", 1, "polled", false]);
  assert.equal(stream.ticks.get("A").q, 5);
  await pass(10);
  assert.deepEqual([asked.length, stream.ticks.get("A").q, stream.ticks.get("B").q], [2, 9, 2]);
  assert.equal(stream.state.gaps, 1);
  paint();
});

test("what has brought nothing is opened again with padding, which stays until it is closed", async () => {
  installFetch(polled());
  open();
  assert.doesNotMatch(source().url, /padding/);
  await pass(15 + 35);
  assert.match(source().url, /^\/v1\/stream\?access_token=x&interval=0&format=array&symbols=A,B&padding=16384$/);
  source().say("hello", { ...HELLO, epoch: "e1" });
  source().onerror();
  await pass(35);
  assert.match(source().url, /padding=16384/);
  stream.close();
  stream = undefined;
  open();
  assert.doesNotMatch(source().url, /padding/);
});

test("it is asked no more once the stream comes through, and after close", async () => {
  const asked = installFetch(polled(tick("A", 5)));
  open();
  await pass(20);
  source().say("hello", { ...HELLO, epoch: "e1" });
  source().say("snapshot", [tick("A", 6), tick("B", 1)], "c1");
  source().say("heartbeat", { t: 1_000_000_000, feed: "live", age: 1 });
  await settleFetch();
  assert.deepEqual([stream.state.heldBack, stream.state.link, stream.state.whole], [false, "open", true]);
  const before = asked.length;
  await pass(10);
  assert.equal(asked.length, before);
  stream.close();
  await pass(60);
  assert.equal(asked.length, before);
});

for (const [what, answer] of [
  ["does not answer", new Error("no network")],
  ["answers a captive portal's page", { type: "text/html", body: "<html>" }],
  ["answers JSON of something else", { body: '{"ticks": 1}' }],
  ["refuses", { status: 503, body: "{}" }],
]) {
  test(`a server that ${what} is not called held back`, async () => {
    const asked = installFetch(answer);
    open();
    await pass(30);
    assert.ok(asked.length > 0);
    assert.deepEqual([stream.state.heldBack, stream.state.gaps, stream.ticks.size], [false, 0, 0]);
  });
}

test("a proxy that lets the beginning through and holds the rest is noticed the second time", async () => {
  const asked = installFetch(polled(tick("A", 7)));
  open();
  const begin = () => {
    source().say("hello", { ...HELLO, epoch: "e1" });
    source().say("snapshot", [tick("A", 5)], "c1");
    source().say("status", { feed: "live", age: 1 });
  };
  begin();
  await pass(13);
  assert.equal(stream.state.link, "waiting");
  await pass(3);
  begin();
  assert.equal(asked.length, 0);
  await pass(16);
  assert.deepEqual([stream.state.heldBack, stream.ticks.get("A").q], [true, 7]);
  // It is tried again after a while. Once more its beginning proves nothing; events behind it do.
  await pass(30);
  begin();
  await pass(1);
  assert.equal(stream.state.heldBack, true);
  for (let beat = 0; beat < 4; beat += 1) {
    source().say("heartbeat", { t: 1_000_000_000, feed: "live", age: 1 });
    await pass(5);
  }
  source().say("heartbeat", { t: 1_000_000_000, feed: "live", age: 1 });
  assert.equal(stream.state.heldBack, false);
});

test("what a resumed stream replays behind polled prices is neither a hole nor shown again", async () => {
  installFetch(polled(tick("A", 9, 90), tick("B", 1)));
  open();
  source().say("hello", { ...HELLO, epoch: "e1" });
  source().say("snapshot", [tick("A", 5, 50), tick("B", 1)], "c1");
  source().say("heartbeat", { t: 1_000_000_000, feed: "live", age: 1 });
  source().fail();
  await pass(25);
  assert.deepEqual([stream.state.heldBack, stream.ticks.get("A").q], [true, 9]);
  // It still resumes where the stream ended, not where the last poll was.
  assert.equal(source().query.get("lastEventId"), "c1");
  source().say("hello", { ...HELLO, epoch: "e1", resumed: "live", replayed: 4 });
  for (const q of [6, 7, 8, 9]) {
    source().say("tick", tick("A", q, q * 10), `c${q}`);
    assert.equal(stream.ticks.get("A").p, 90);
  }
  source().say("tick", tick("A", 10, 100), "c10");
  const { gaps, gapReason, link, heldBack, whole } = stream.state;
  assert.deepEqual([gaps, gapReason, link, heldBack, whole], [1, "polled", "open", false, true]);
  assert.equal(stream.ticks.get("A").q, 10);
});

test("a wait that the server names is kept", async () => {
  const asked = installFetch({ status: 429, headers: { "retry-after": "100" } });
  open();
  await pass(20);
  assert.equal(asked.length, 1);
  await pass(95);
  assert.equal(asked.length, 1);
  assert.ok(FakeEventSource.made.length > 1);
});

test("of a list too long for an address, each request has a part", () => {
  const symbols = Array.from({ length: 3_000 }, (_, index) => `SYMBOL${index}`);
  const seen = new Set();
  for (const random of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    const address = snapshotAddress("/v1/stream", symbols, random);
    assert.ok(address.length <= MAX_ADDRESS);
    for (const symbol of address.split("symbols=")[1].split(",")) seen.add(symbol);
  }
  assert.equal(seen.size, symbols.length);
  assert.equal(snapshotAddress("/prices", ["A"]), "");
  // What else a stream is asked for is unknown to a snapshot.
  assert.equal(snapshotAddress("/v1/stream?heartbeat=1000&padding=9", ["A"]), "/v1/snapshot?symbols=A");
  assert.equal(snapshotAddress("/v1/stream?heartbeat=1000&access_token=x", ["A"]), "/v1/snapshot?access_token=x&symbols=A");
  open();
});
