import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeEventSource, installFetch, problem, settleFetch, source, tick } from "./fakes.mjs";
import { asks, cursor, replica, run, subscription, upstream, want } from "./upstreams.mjs";

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
