import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ask, heldToken, holdToken, tokenSource } from "../../web/page/token.js";
import { allowanceOf, isPossible, pasted } from "../../web/page/token_words.js";

const token = (claims) => `${btoa("{}")}.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.x`;

let stored;

beforeEach(() => {
  stored = new Map();
  globalThis.sessionStorage = {
    getItem: (name) => stored.get(name) ?? null,
    setItem: (name, value) => stored.set(name, value),
    removeItem: (name) => stored.delete(name),
  };
});

test("a token is held until it is forgotten, and a stream without one goes by the cookie", () => {
  assert.deepEqual([heldToken(), tokenSource()], ["", undefined]);
  const text = token({ exp: 1_000 });
  assert.equal(holdToken(text), true);
  assert.deepEqual([heldToken(), tokenSource()()], [text, text]);
  holdToken("");
  assert.deepEqual([heldToken(), stored.size], ["", 0]);
});

test("where nothing can be kept, that is said, and there is no token", () => {
  globalThis.sessionStorage = { getItem: refuse, setItem: refuse, removeItem: refuse };
  assert.deepEqual([holdToken("x"), heldToken()], [false, ""]);
});

test("a request shows the token, without cookies and nowhere else, and asks as before where there is none", async () => {
  const asked = [];
  globalThis.fetch = async (address, { signal: _, ...init }) => asked.push({ address, ...init });
  const { signal } = new AbortController();
  await ask("/v1/symbols", signal);
  holdToken("abc");
  await ask("/v1/symbols", signal);
  assert.deepEqual(asked, [
    { address: "/v1/symbols" },
    { address: "/v1/symbols", headers: { authorization: "Bearer abc" }, credentials: "omit", redirect: "error" },
  ]);
});

test("what is pasted along with a token is left out", () => {
  for (const text of ["a.b.c", " a.b.c\n", "Bearer a.b.c", "authorization:  bearer a.b.c", "a.b\n.c"]) {
    assert.equal(pasted(text), "a.b.c");
  }
});

test("what no request can show is no token", () => {
  for (const text of ["", "a b", "tökén", "a\u200bb", "\u0000"]) assert.equal(isPossible(text), false);
  for (const text of ["opaque", "a.b-c_d", "x+/="]) assert.equal(isPossible(text), true);
});

test("what a token allows is said in words", () => {
  const words = (ours) => allowanceOf(token({ tickcast: ours }));
  assert.equal(words({ symbols: ["AAPL", "B*"] }), "It allows AAPL, B*.");
  assert.equal(words({ symbols: ["A", "*"], interval: 250 }), "It allows every symbol, every 250 ms at most.");
  assert.equal(words({ publish: ["A"] }), "It allows no symbol.");
  assert.equal(words({ symbols: ["A"], delay: 15 }), "It allows A, 15 minutes late.");
  for (const text of ["", "opaque", token({}), token(null), token({ tickcast: { symbols: 5 } })]) {
    assert.equal(allowanceOf(text), "");
  }
});

function refuse() {
  throw new Error("blocked");
}
