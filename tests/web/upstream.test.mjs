import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeEventSource, HELLO, installFetch, problem, settleFetch, source, tick } from "./fakes.mjs";
import { asks, cursor, holes, replica, run, subscription, upstream, want } from "./upstreams.mjs";

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

const MANY = Array.from({ length: 2_500 }, (_, number) => `S${number}`).sort();
/** What something on the way says that knows no QUERY. */
const NO_QUERY = { status: 501, type: "text/html", body: "<h1>Not Implemented</h1>" };
const events = (...sent) => sent.map(([name, data, id]) =>
  `event: ${name}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`).join("");

test("thousands of symbols are asked for in the body of a QUERY, after a break with the cursor", async () => {
  const stream = events(["hello", HELLO], ["snapshot", MANY.map((S) => tick(S, 1)), "c1"], ["tick", tick("S1", 2), "c2"]);
  const asked = installFetch({ type: "text/event-stream", body: stream });
  upstream.subscribe(subscription(MANY, { interval: 250, bars: ["1m"], barsOf: ["S1"] }));
  upstream.start();
  await settleFetch();
  const [{ url, method, headers, body }] = asked;
  assert.deepEqual([url, method, headers["content-type"]], ["/v1/stream", "QUERY", "application/json"]);
  const lists = { interval: 250, format: "array", symbols: MANY, bars: ["1m"], bars_of: ["S1"] };
  assert.deepEqual(body, lists);
  assert.equal(replica.ticks.size, 2_500);
  mock.timers.tick(3_000);
  await settleFetch();
  assert.deepEqual(asked[1].body, { ...lists, lastEventId: "c2" });
  assert.equal(FakeEventSource.made.length, 0);
});

test("a gateway's refusal of a long list is one, and a stream that puts off is none of QUERY", async () => {
  const asked = installFetch({ type: "text/event-stream", body: "retry: 1000\n\n" }, problem(400, "symbols: too many"));
  upstream.subscribe(subscription(MANY));
  upstream.start();
  await settleFetch();
  assert.equal(replica.state.link, "waiting");
  mock.timers.tick(3_000);
  await settleFetch();
  assert.deepEqual([replica.state.link, replica.state.detail], ["refused", "symbols: too many"]);
  assert.deepEqual([asked.map(({ method }) => method), FakeEventSource.made.length], [["QUERY", "QUERY"], 0]);
});

test("where QUERY is not taken: first the symbols that fit in the address, then the rest; likewise after a break", async () => {
  const symbols = MANY;
  const asked = installFetch(NO_QUERY, {});
  upstream.subscribe(subscription(symbols));
  upstream.start();
  await settleFetch();
  assert.equal(asked.shift().method, "QUERY");
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

test("a network that is down says nothing of QUERY: it is used again as soon as there is a network", async () => {
  const asked = installFetch(new Error("no network"));
  upstream.subscribe(subscription(MANY));
  upstream.start();
  await settleFetch();
  assert.equal(FakeEventSource.made.length, 1);
  source().fail();
  assert.equal(replica.state.link, "waiting");
  mock.timers.tick(3_000);
  await settleFetch();
  assert.deepEqual(asked.map(({ method }) => method), ["QUERY", "QUERY"]);
});

test("symbols that neither fit in the address nor can be added are reported, without endless new streams", async () => {
  installFetch(NO_QUERY, problem(404, "no such stream"));
  upstream.subscribe(subscription(MANY));
  upstream.start();
  await settleFetch();
  for (let streams = 0; streams < 4; streams += 1) {
    source().say("hello", HELLO);
    mock.timers.tick(50);
    await settleFetch();
  }
  assert.deepEqual([FakeEventSource.made.length, replica.state.detail], [2, "some symbols cannot be added to the stream"]);
});

test("what something on the way says of a patch is no refusal: the stream is opened with all symbols", async () => {
  run(["A"]);
  installFetch({ status: 403, type: "text/html", body: "<h1>403 Forbidden</h1>" });
  await want(["A", "B"]);
  assert.deepEqual([FakeEventSource.made.length, asks(), replica.state.detail], [2, "A,B", ""]);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 3), tick("B", 1)], "c3");
  await want(["A", "B", "C"]);
  assert.deepEqual([FakeEventSource.made.length, asks(), cursor()], [3, "A,B,C", null]);
});

test("what a gateway says of a patch is one: the stream is kept", async () => {
  run(["A"]);
  installFetch(problem(403, "your token does not allow B"));
  await want(["A", "B"]);
  assert.deepEqual([FakeEventSource.made.length, replica.state.detail], [1, "your token does not allow B"]);
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
