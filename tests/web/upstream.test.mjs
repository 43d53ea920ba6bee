import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Replica } from "../../web/tickcast/replica.js";
import { Upstream } from "../../web/tickcast/upstream.js";
import {
  FakeEventSource, HELLO, installBrowser, installFetch, problem, settleFetch, source, startClock, stopClock, tick,
} from "./fakes.mjs";

let replica;
let upstream;
let holes;

beforeEach(() => {
  stopClock();
  installBrowser();
  holes = [];
  const ignore = () => {};
  replica = new Replica({
    onTick: ignore, onBar: ignore, onForget: ignore, onGap: ignore, onState: ignore,
    onHole: (symbols) => holes.push(...symbols),
  });
  upstream = new Upstream("/v1/stream", replica, (...event) => replica.take(...event));
});

afterEach(() => {
  upstream.stop();
  startClock();
});

const subscription = (symbols, more = {}) => ({ symbols, interval: 0, bars: [], ...more });

/** Subscribe to `symbols`, and send the events that cover them. */
function run(symbols, more) {
  upstream.subscribe(subscription(symbols, more));
  upstream.start();
  source().say("hello", HELLO);
  source().say("snapshot", symbols.map((S) => tick(S, 1)), "c1");
  source().say("ticks", [tick(symbols[0], 2)], "c2");
  mock.timers.tick(50);
}

/** Subscribe to something else, and let the time pass in which changes are gathered. */
async function want(symbols, more) {
  upstream.subscribe(subscription(symbols, more));
  mock.timers.tick(50);
  await settleFetch();
}

const asks = () => source().query.get("symbols");
const cursor = () => source().query.get("lastEventId");

test("changes within a moment go to the running stream as one patch", async () => {
  run(["A", "B"]);
  const asked = installFetch({});
  upstream.subscribe(subscription(["B"]));
  upstream.subscribe(subscription(["B", "C"]));
  await want(["B", "C", "D"]);
  assert.deepEqual(asked.map(({ url, method, body }) => [url, method, body]), [
    ["/v1/streams/gw-1.x", "PATCH", { add: ["C", "D"], drop: ["A"] }],
  ]);
  assert.equal(FakeEventSource.made.length, 1);
});

test("the next patch waits until the one before shows in the stream", async () => {
  run(["A"]);
  const asked = installFetch({});
  await want(["A", "B"]);
  await want(["A", "B", "C"]);
  assert.equal(asked.length, 1);
  source().say("symbols", { symbols: 2, added: ["B"], dropped: [] });
  source().say("snapshot", [tick("B", 5)]);
  await settleFetch();
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked.map(({ body }) => body.add), [["B"], ["C"]]);
});

test("a patch is not taken for another one that is announced later", async () => {
  run(["A"]);
  const asked = installFetch({});
  await want(["A"], { bars: ["1m"] });
  await want(["A", "B"], { bars: ["1m"] });
  source().say("symbols", { symbols: 1, added: [], dropped: [] });
  await settleFetch();
  mock.timers.tick(50);
  await settleFetch();
  assert.equal(asked.length, 2);
  source().say("symbols", { symbols: 2, added: ["B"], dropped: [] });
  await settleFetch();
  mock.timers.tick(60_000);
  await settleFetch();
  assert.deepEqual([asked.length, FakeEventSource.made.length], [2, 1]);
});

test("a part of what a pattern covered resumes after the cursor", () => {
  run(["*"]);
  source().fail();
  upstream.subscribe(subscription(["A", "B*"]));
  mock.timers.tick(3_000);
  assert.deepEqual([asks(), cursor()], ["A,B*", "c2"]);
});

test("symbols with their snapshot resume after the cursor, the others are added again", async () => {
  run(["A", "B"]);
  const asked = installFetch({});
  await want(["A", "B", "C", "D"]);
  source().say("symbols", { symbols: 4, added: ["C", "D"], dropped: [] });
  source().say("snapshot", [tick("C", 5)]);
  source().fail();
  mock.timers.tick(3_000);
  assert.deepEqual([asks(), cursor()], ["A,B", "c2"]);
  source().say("hello", HELLO);
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked.at(-1).body.add, ["C", "D"]);
});

test("a stream that lost a part of its first snapshot starts over", () => {
  upstream.subscribe(subscription(["A"]));
  upstream.start();
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)]);
  source().fail();
  mock.timers.tick(3_000);
  assert.deepEqual([asks(), cursor()], ["A", null]);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)], "c1");
  source().fail();
  mock.timers.tick(3_000);
  assert.deepEqual([asks(), cursor()], ["A", "c1"]);
});

test("symbols dropped while the connection is down are not requested again", () => {
  run(["A", "B"]);
  source().fail();
  upstream.subscribe(subscription(["B"]));
  mock.timers.tick(3_000);
  assert.deepEqual([asks(), cursor()], ["B", "c2"]);
});

test("a gateway that cannot change the stream gets a new one, with all that is wanted", async () => {
  for (const status of [404, 405]) {
    FakeEventSource.made = [];
    upstream.stop();
    run(["A"]);
    installFetch(problem(status, "no such stream"));
    await want(["A", `B${status}`]);
    assert.deepEqual([FakeEventSource.made.length, asks(), cursor()], [2, `A,B${status}`, null]);
  }
});

test("a patch ends with its connection: a late answer neither shortens the wait of a bye nor costs the cursor", async () => {
  run(["A"]);
  const sent = installFetch(problem(404, "no such stream"));
  upstream.subscribe(subscription(["A", "B"]));
  mock.timers.tick(50);
  source().say("bye", { reason: "drain", retry: 20_000 });
  await settleFetch();
  assert.deepEqual([sent[0].signal.aborted, replica.state.link, FakeEventSource.made.length], [true, "waiting", 1]);
  mock.timers.tick(20_000);
  assert.deepEqual([FakeEventSource.made.length, asks(), cursor()], [2, "A", "c2"]);
});

test("a failure that may pass is waited for, up to three attempts", async () => {
  run(["A"]);
  const asked = installFetch(problem(503, "not now"));
  await want(["A", "B"]);
  for (const ms of [500, 1_000]) {
    mock.timers.tick(ms);
    await settleFetch();
  }
  assert.deepEqual([asked.length, FakeEventSource.made.length], [3, 2]);
});

test("a patch that the gateways refuse is reported, and does not cost the stream", async () => {
  run(["A"]);
  const asked = installFetch(problem(413, "at most 1000 symbols"));
  await want(["A", "B"]);
  assert.deepEqual([replica.state.link, replica.state.status, replica.state.detail], ["open", 413, "at most 1000 symbols"]);
  mock.timers.tick(12_000);
  await settleFetch();
  assert.deepEqual([asked.length, FakeEventSource.made.length], [1, 1]);
  installFetch({});
  await want(["A", "C"]);
  source().say("symbols", { symbols: 2, added: ["C"], dropped: [] });
  await settleFetch();
  assert.deepEqual([replica.state.status, replica.state.detail], [0, ""]);
});

test("a patch that is accepted and never takes effect makes the stream start over, once", async () => {
  run(["A"]);
  installFetch({});
  for (const made of [2, 2]) {
    await want(["A", "B"]);
    mock.timers.tick(10_000);
    await settleFetch();
    assert.equal(FakeEventSource.made.length, made);
  }
});

test("bars are changed in the running stream, before the symbols", async () => {
  run(["A"], { bars: ["1m"] });
  const asked = installFetch({});
  await want(["A", "B"], { bars: ["1m"], barsOf: ["A"] });
  assert.deepEqual(asked.at(-1).body, { add: [], drop: [], bars: ["1m"], bars_of: ["A"] });
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked.at(-1).body, { add: ["B"], drop: [] });
  source().say("symbols", { symbols: 2, added: ["B"], dropped: [] });
  await settleFetch();
  await want(["A", "B"], { bars: ["1s"] });
  assert.deepEqual(asked.at(-1).body, { add: [], drop: [], bars: ["1s"], bars_of: null });
  assert.equal(FakeEventSource.made.length, 1);
});

test("another interval reopens the stream after the cursor, once for changes within a moment", async () => {
  run(["A"]);
  installFetch({});
  upstream.subscribe(subscription(["A"], { interval: 500 }));
  await want(["A"], { interval: 1_000 });
  assert.deepEqual([FakeEventSource.made.length, cursor(), source().query.get("interval")], [2, "c2", "1000"]);
});

test("reopening for another interval is no reconnection, trying again after a failure then is", async () => {
  run(["A"]);
  await want(["A"], { interval: 500 });
  source().say("hello", HELLO);
  assert.equal(replica.state.reconnects, 0);
  await want(["A"], { interval: 1_000 });
  source().fail();
  mock.timers.tick(3_000);
  source().say("hello", HELLO);
  assert.equal(replica.state.reconnects, 1);
});

test("a refused stream is tried at once with another subscription", async () => {
  upstream.subscribe(subscription(["A"]));
  upstream.start();
  installFetch(problem(400, "symbols: too many"));
  source().refuse();
  await settleFetch();
  assert.equal(replica.state.link, "refused");
  await want(["B"]);
  assert.deepEqual([FakeEventSource.made.length, asks()], [2, "B"]);
});

test("thousands of symbols: first those that fit in the address, then the rest; likewise after a break", async () => {
  const symbols = Array.from({ length: 2_500 }, (_, number) => `S${number}`).sort();
  const asked = installFetch({});
  upstream.subscribe(subscription(symbols));
  upstream.start();
  const said = asks().split(",");
  assert.ok(said.length < symbols.length);
  source().say("hello", HELLO);
  source().say("snapshot", said.map((S) => tick(S, 1)));
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked[0].body.add, symbols.slice(said.length));
  source().say("symbols", { symbols: 2_500, added: asked[0].body.add, dropped: [] });
  source().say("snapshot", asked[0].body.add.map((S) => tick(S, 1)));
  source().say("ticks", [tick("S1", 2)], "c2");
  source().fail();
  mock.timers.tick(3_000);
  assert.equal(cursor(), "c2");
  // No wanted symbol was forgotten, so a tick that is missing in the end is noticed.
  assert.equal(replica.ticks.size, 2_500);
  source().say("hello", HELLO);
  mock.timers.tick(50);
  await settleFetch();
  source().say("symbols", { symbols: 2_500, added: asked.at(-1).body.add, dropped: [] });
  source().say("ticks", [tick("S1", 3)], "c3");
  source().say("snapshot", [tick("S999", 7)]);
  assert.deepEqual(holes, ["S999"]);
});

test("symbols that neither fit in the address nor can be added are reported, without endless new streams", async () => {
  const symbols = Array.from({ length: 2_500 }, (_, number) => `S${number}`).sort();
  installFetch(problem(404, "no such stream"));
  upstream.subscribe(subscription(symbols));
  upstream.start();
  for (let streams = 0; streams < 4; streams += 1) {
    source().say("hello", HELLO);
    mock.timers.tick(50);
    await settleFetch();
  }
  assert.deepEqual([FakeEventSource.made.length, replica.state.detail], [2, "some symbols cannot be added to the stream"]);
});

test("a patch is no longer than what a gateway reads; the rest follows", async () => {
  run(["A"]);
  const asked = installFetch({});
  const symbols = Array.from({ length: 4_000 }, (_, number) => `S${10_000 + number}`);
  await want(["A", ...symbols]);
  while (asked.length < 3) {
    source().say("symbols", { symbols: 9, added: asked.at(-1).body.add, dropped: [] });
    await settleFetch();
    mock.timers.tick(50);
    await settleFetch();
  }
  assert.deepEqual(asked.flatMap(({ body }) => body.add), symbols);
  assert.ok(asked.every(({ body }) => JSON.stringify(body).length < 65_536));
});

test("a stopped upstream does nothing", async () => {
  run(["A"]);
  upstream.subscribe(subscription(["A", "B"]));
  upstream.stop();
  const asked = installFetch({});
  mock.timers.tick(100_000);
  upstream.check();
  upstream.wake();
  upstream.hurry();
  await settleFetch();
  assert.deepEqual([asked, source().closed, FakeEventSource.made.length], [[], true, 1]);
});
