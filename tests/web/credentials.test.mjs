import assert from "node:assert/strict";
import { test } from "node:test";

import { Credentials, expiryOf } from "../../web/tickcast/credentials.js";
import { HELLO, problem, tick } from "./fakes.mjs";
import { START, Server, Slow, open, pass, settle, stream, token } from "./tokens.mjs";

test("a stream with a token is read by fetch, with the token in a header", async () => {
  const server = new Server();
  open({ symbols: ["A"], token: () => token("me", 600_000) });
  await settle();
  assert.deepEqual(server.asked.map(({ url, token: sent }) => [url.split("?")[0], sent]), [
    ["/v1/stream", `Bearer ${token("me", 600_000)}`],
  ]);
  await server.greet();
  assert.equal(stream.state.link, "open");
  assert.equal(stream.ticks.get("A").q, 1);
  stream.add("B");
  await pass(50);
  assert.deepEqual(server.asked[1].body, { add: ["B"], drop: [] });
  assert.equal(server.asked[1].token, server.asked[0].token);
});

test("a stream that resumes with other rights starts over", async () => {
  const server = new Server();
  open({ token: () => "opaque" });
  await settle();
  await server.say("hello", { ...HELLO, rights: "one" });
  await server.say("snapshot", [tick("A", 1), tick("B", 1)], "c1");
  for (const [rights, cursor] of [["one", true], ["two", false]]) {
    server.streams.at(-1).error(new Error("cut"));
    await settle();
    await pass(5_000);
    assert.match(server.asked.at(-1).url, /lastEventId=c1/);
    await server.say("hello", { ...HELLO, rights, resumed: "replayed" });
    assert.equal(/lastEventId/.test(server.asked.at(-1).url), cursor);
  }
  await server.say("hello", { ...HELLO, rights: "two" });
  await server.say("snapshot", [tick("A", 1)], "c2");
  await pass(1_000);
  assert.deepEqual([...stream.ticks.keys()], ["A"]);
  assert.equal(stream.state.link, "open");
});

test("who hurries while an attempt with the old token is under way gets another one at once", async () => {
  const server = new Server(({ token: sent }) => (sent === "Bearer old" ? problem(401, "expired") : undefined));
  const slow = new Slow();
  open({ token: slow.source });
  await settle();
  stream.hurry();
  await slow.give(0, "old");
  assert.equal(slow.asked.length, 2);
  await slow.give(1, "new");
  await server.greet();
  assert.equal(stream.state.link, "open");
  assert.deepEqual(server.asked.map(({ token: sent }) => sent), ["Bearer old", "Bearer new"]);
});

test("a token goes without cookies, which may say otherwise, unless they are asked for", async () => {
  assert.deepEqual(new Credentials(() => "x").requestInit, { credentials: "omit" });
  assert.deepEqual(new Credentials(() => "x", true).requestInit, { credentials: "include" });
});

test("a refusal is told in the server's words, and the next attempt has a new token", async () => {
  let valid = false;
  const server = new Server(() => (valid ? undefined : problem(401, "the token has expired")));
  let made = 0;
  open({ token: () => token(`t${(made += 1)}`, 600_000) });
  await settle();
  const { link, status, detail } = stream.state;
  assert.deepEqual([link, status, detail], ["refused", 401, "the token has expired"]);
  assert.equal(server.asked.length, 1);
  valid = true;
  await pass(60_000);
  assert.equal(server.asked.length, 2);
  assert.notEqual(server.asked[1].token, server.asked[0].token);
  await server.greet();
  assert.equal(stream.state.link, "open");
});

test("without a token nothing is asked for, and the state says why", async () => {
  const server = new Server();
  open({ token: () => Promise.reject(new Error("log in first")) });
  await settle();
  assert.deepEqual([stream.state.link, stream.state.status, stream.state.detail], ["refused", 401, "log in first"]);
  assert.equal(server.asked.length, 0);
});

test("a broken stream comes back after its cursor", async () => {
  const server = new Server();
  open({ token: () => "opaque" });
  await settle();
  await server.greet();
  server.streams.at(-1).error(new Error("cut"));
  await settle();
  assert.equal(stream.state.link, "waiting");
  await pass(5_000);
  assert.match(server.asked.at(-1).url, /lastEventId=c1/);
});

test("the cookie goes along where that is asked for", async () => {
  const made = [];
  globalThis.EventSource = class extends EventTarget {
    constructor(url, init) {
      super();
      made.push(init);
    }
    close() {}
  };
  open({ withCredentials: true });
  assert.deepEqual(made, [{ withCredentials: true }]);
  assert.deepEqual(new Credentials(undefined, true).requestInit, { credentials: "include" });
});

test("a token that does not say when it expires is none that is renewed", () => {
  assert.equal(expiryOf(token("é", 5_000).replace("é", "e")), START + 5_000);
  for (const text of ["", "a.b", "opaque", `x.${btoa("{}")}.y`]) assert.equal(expiryOf(text), 0);
});
