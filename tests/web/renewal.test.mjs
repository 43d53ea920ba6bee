import assert from "node:assert/strict";
import { test } from "node:test";

import { problem, tick } from "./fakes.mjs";
import { START, Server, Slow, live, open, pass, settle, stream, token } from "./tokens.mjs";

test("the token is renewed a minute before it expires, and the stream goes on", async () => {
  const server = new Server();
  let made = 0;
  open({ token: async () => token(`t${(made += 1)}`, made * 300_000) });
  await settle();
  await server.greet();
  await live(server, 239_000);
  assert.equal(server.asked.length, 1);
  await pass(1_000);
  assert.deepEqual(server.asked[1].body, { token: token("t2", 600_000) });
  assert.equal(server.asked[1].token, `Bearer ${token("t2", 600_000)}`);
  assert.match(server.asked[1].url, /\/v1\/streams\/gw-1\.x$/);
  await live(server, 300_000);
  assert.deepEqual(server.asked[2].body, { token: token("t3", 900_000) });
  assert.deepEqual([stream.state.link, server.streams.length], ["open", 1]);
});

test("a token that the running stream may not have opens a new stream, after the cursor", async () => {
  const server = new Server(({ method }) => (method === "PATCH" ? problem(403, "less is allowed") : undefined));
  open({ token: () => token("me", Date.now() - START + 60_000) });
  await settle();
  await server.greet();
  await live(server, 25_000);
  await pass(5_000);
  const again = server.asked.at(-1);
  assert.equal(again.method, "GET");
  assert.match(again.url, /lastEventId=c1/);
  assert.equal(stream.state.link, "connecting");
});

test("a running stream goes on by its old token where the new one proves nothing yet", async () => {
  let known = false;
  const server = new Server(({ method }) => (method === "PATCH" && !known ? problem(401, "unknown key") : undefined));
  open({ token: () => token("me", Date.now() - START + 60_000) });
  await settle();
  await server.greet();
  await live(server, 30_000);
  assert.deepEqual([server.asked.at(-1).method, stream.state.link, server.streams.length], ["PATCH", "open", 1]);
  known = true;
  await live(server, 30_000);
  assert.deepEqual([server.asked.at(-1).method, stream.state.link, server.streams.length], ["PATCH", "open", 1]);
});

test("a token that lives for longer than a timer can wait is not asked for in a loop", async () => {
  const server = new Server();
  let made = 0;
  open({ token: () => token(`t${(made += 1)}`, 60 * 86_400_000) });
  await settle();
  await server.greet();
  await live(server, 10_000);
  assert.equal(made, 1);
});

test("by a clock that is ahead tokens are renewed now and then", async () => {
  const server = new Server();
  let made = 0;
  open({ token: () => token(`t${(made += 1)}`, -3_600_000) });
  await settle();
  await server.greet();
  await live(server, 65_000);
  assert.ok(made <= 4, String(made));
  assert.equal(stream.state.link, "open");
});

test("while no token can be had the running stream goes on, and a new one is asked for again", async () => {
  const server = new Server();
  const answers = [token("me", 60_000), new Error("no network"), token("me", 120_000)];
  open({
    token: async () => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next;
    },
  });
  await settle();
  await server.greet();
  await live(server, 30_000);
  assert.deepEqual([server.asked.length, stream.state.link], [1, "open"]);
  await live(server, 15_000);
  assert.deepEqual(server.asked[1].body, { token: token("me", 120_000) });
});

test("a token that comes late is not that of the stream that was opened meanwhile", async () => {
  const server = new Server();
  const slow = new Slow();
  open({ symbols: ["A"], token: slow.source });
  await settle();
  await slow.give(0, token("first", 60_000));
  await server.greet();
  await live(server, 30_000);
  assert.equal(slow.asked.length, 2);
  // While the second token is on its way, the stream is cut and comes back with a third.
  server.streams.at(-1).error(new Error("cut"));
  await settle();
  await pass(5_000);
  await slow.give(2, token("third", 600_000));
  await server.greet();
  await slow.give(1, token("second", 61_000));
  stream.add("B");
  await pass(50);
  assert.equal(server.asked.at(-1).token, `Bearer ${token("third", 600_000)}`);
  await server.say("symbols", { symbols: 2, added: ["B"], dropped: [] });
  await server.say("snapshot", [tick("B", 1)], "c2");
  // It is not renewed by when the second one would have expired.
  await live(server, 30_000);
  assert.equal(slow.asked.length, 3);
  assert.deepEqual(server.asked.map(({ method }) => method), ["GET", "GET", "PATCH"]);
});

test("a stream that comes back while its renewal is under way is not renewed by the old one's time", async () => {
  let held;
  const server = new Server();
  const answered = globalThis.fetch;
  globalThis.fetch = (url, init) =>
    init.method !== "PATCH" ? answered(url, init) : new Promise((_, reject) => {
      held = init;
      init.signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  let made = 0;
  open({ token: () => token(`t${(made += 1)}`, made < 3 ? 60_000 : 600_000) });
  await settle();
  await server.greet();
  await live(server, 30_000);
  assert.deepEqual(JSON.parse(held.body), { token: token("t2", 60_000) });
  server.streams.at(-1).error(new Error("cut"));
  await settle();
  await pass(5_000);
  assert.equal(server.asked.at(-1).token, `Bearer ${token("t3", 600_000)}`);
  await server.greet();
  await live(server, 300_000);
  assert.deepEqual([made, stream.state.link], [3, "open"]);
});

test("a token that never comes is given up, and asked for again", async () => {
  const server = new Server();
  const slow = new Slow();
  open({ token: slow.source });
  await settle();
  await pass(10_000);
  const { link, status, detail } = stream.state;
  assert.deepEqual([link, status, detail], ["refused", 401, "no token came within 10 s"]);
  await pass(60_000);
  await slow.give(1, token("second", 600_000));
  await server.greet();
  assert.equal(stream.state.link, "open");
});

test("a renewal whose token never comes is given up, and the stream goes on", async () => {
  const server = new Server();
  const slow = new Slow();
  open({ token: slow.source });
  await settle();
  await slow.give(0, token("first", 60_000));
  await server.greet();
  await live(server, 45_000);
  assert.deepEqual([slow.asked.length, stream.state.link], [2, "open"]);
  await live(server, 5_000);
  assert.equal(slow.asked.length, 3);
  await slow.give(2, token("third", 600_000));
  assert.deepEqual(server.asked.at(-1).body, { token: token("third", 600_000) });
});

test("a token that was refused is not that of the next patch", async () => {
  const server = new Server(({ body }) => (body?.token ? problem(401, "unknown key") : undefined));
  let made = 0;
  open({ symbols: ["A"], token: () => token(`t${(made += 1)}`, 60_000) });
  await settle();
  await server.greet();
  await live(server, 30_000);
  assert.equal(server.asked.at(-1).body.token, token("t2", 60_000));
  stream.add("B");
  await pass(50);
  assert.equal(server.asked.at(-1).token, `Bearer ${token("t1", 60_000)}`);
});

test("what a token did not allow is asked for again by the next one", async () => {
  let wide = false;
  const server = new Server(({ body }) => (body?.add && !wide ? problem(403, "your token does not allow B") : undefined));
  let now = token("narrow", 600_000);
  open({ symbols: ["A"], token: () => now });
  await settle();
  await server.greet();
  stream.add("B");
  await pass(50);
  assert.equal(stream.state.status, 403);
  wide = true;
  now = token("wide", 600_000);
  stream.hurry();
  await settle();
  await pass(50);
  const { token: sent, body } = server.asked.at(-1);
  assert.deepEqual([sent, body], [`Bearer ${now}`, { add: ["B"], drop: [] }]);
});

test("hurry shows an open stream the token that there is now, once, and nothing if it has it", async () => {
  const server = new Server();
  let now = token("one", 600_000);
  open({ token: () => now });
  await settle();
  await server.greet();
  stream.hurry();
  await settle();
  assert.equal(server.asked.length, 1);
  now = token("two", 900_000);
  stream.hurry();
  stream.hurry();
  await settle();
  assert.deepEqual(server.asked.slice(1).map(({ body }) => body), [{ token: now }]);
  assert.equal(stream.state.link, "open");
});

test("a source that has no newer token yet is asked again, and no gateway is", async () => {
  const server = new Server();
  let asked = 0;
  open({ token: () => ((asked += 1), token("me", 60_000)) });
  await settle();
  await server.greet();
  await live(server, 50_000);
  assert.ok(asked > 2);
  assert.equal(server.asked.length, 1);
});
