import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_ADDRESS, patchAddress, streamAddress } from "../../web/tickcast/address.js";

const SUBSCRIPTION = { symbols: ["A/B", "C*"], interval: 0, bars: [] };

test("the address carries the subscription, and the cursor once there is one", () => {
  assert.deepEqual(streamAddress("/v1/stream", SUBSCRIPTION, ""), {
    address: "/v1/stream?interval=0&format=array&symbols=A/B,C*",
    included: SUBSCRIPTION,
  });
  const { address } = streamAddress("/v1/stream?access_token=x", { ...SUBSCRIPTION, bars: ["1m"], barsOf: ["A"] }, "x.1");
  const query = "access_token=x&interval=0&format=array&lastEventId=x.1&bars=1m&bars_of=A&symbols=A/B,C*";
  assert.equal(address, `/v1/stream?${query}`);
});

test("odd symbols are read from the address as they are", () => {
  const symbols = ["^GSPC", "ES=F", "M&M", "BTC/USDT:USDT", "BRK B", "A+B", "50%", "#1", "<B>*", "A?", "$X@Y;Z"];
  const { address } = streamAddress("/v1/stream", { ...SUBSCRIPTION, symbols, bars: ["1m"], barsOf: symbols }, "");
  const query = new URL(address, "http://x").searchParams;
  assert.deepEqual(query.get("symbols").split(","), symbols);
  assert.deepEqual(query.get("bars_of").split(","), symbols);
  assert.equal(new URL(address, "http://x").hash, "");
});

test("what does not fit is left out, and named", () => {
  const symbols = Array.from({ length: 5_000 }, (_, number) => `S${number}`);
  const { address, included } = streamAddress("/v1/stream", { ...SUBSCRIPTION, symbols }, "c".repeat(256));
  assert.ok(address.length <= MAX_ADDRESS);
  assert.ok(included.symbols.length > 1_000);
  assert.equal(new URLSearchParams(address.split("?")[1]).get("symbols"), included.symbols.join(","));

  const charted = streamAddress("/v1/stream", { ...SUBSCRIPTION, bars: ["1s"], barsOf: symbols }, "");
  assert.deepEqual([charted.included.bars, charted.included.barsOf], [[], undefined]);
  assert.deepEqual(charted.included.symbols, SUBSCRIPTION.symbols);
});

test("a running stream is patched under its id, with the same access token", () => {
  assert.equal(patchAddress("/v1/stream", "gw-1.x"), "/v1/streams/gw-1.x");
  const url = "/v1/stream?snapshot=false&access_token=x%26y";
  assert.equal(patchAddress(url, "a/b"), "/v1/streams/a%2Fb?access_token=x%26y");
});
