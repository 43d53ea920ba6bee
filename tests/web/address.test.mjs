import assert from "node:assert/strict";
import { test } from "node:test";

import { isWhole, MAX_ADDRESS, padded, patchAddress, streamAddress, streamBody } from "../../web/tickcast/address.js";

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

test("a body has what does not fit in the address, and names what does not fit in the body", () => {
  const symbols = Array.from({ length: 5_000 }, (_, number) => `S${number}`);
  assert.deepEqual(streamBody({ ...SUBSCRIPTION, symbols }, ""), {
    body: { interval: 0, format: "array", symbols },
    included: { ...SUBSCRIPTION, symbols },
  });
  assert.equal(isWhole({ ...SUBSCRIPTION, symbols }, { ...SUBSCRIPTION, symbols }), true);
  const long = Array.from({ length: 1_500 }, (_, number) => `${number}`.padEnd(64, "x"));
  const { body, included } = streamBody({ ...SUBSCRIPTION, symbols: long, bars: ["1s"], barsOf: ["A"] }, "c".repeat(256));
  assert.ok(JSON.stringify(body).length <= 65_536);
  assert.ok(included.symbols.length > 800);
  assert.deepEqual([body.symbols, body.bars_of, body.lastEventId.length], [included.symbols, ["A"], 256]);
  assert.equal(isWhole(included, { ...SUBSCRIPTION, symbols: long, bars: ["1s"] }), false);
  const charted = streamBody({ ...SUBSCRIPTION, bars: ["1s"], barsOf: long }, "");
  assert.deepEqual([charted.body.bars, charted.included.bars, charted.included.barsOf], [undefined, [], undefined]);
});

test("a running stream is patched under its id, with the same access token", () => {
  assert.equal(patchAddress("/v1/stream", "gw-1.x"), "/v1/streams/gw-1.x");
  const url = "/v1/stream?snapshot=false&access_token=x%26y";
  assert.equal(patchAddress(url, "a/b"), "/v1/streams/a%2Fb?access_token=x%26y");
});

test("padding is asked for where the lists are, unless the page has chosen its own", () => {
  assert.deepEqual(padded({ address: "/v1/stream?symbols=A" }), { address: "/v1/stream?symbols=A&padding=16384" });
  const body = { interval: 0, symbols: ["A"] };
  assert.deepEqual(padded({ address: "/v1/stream", body }), { address: "/v1/stream", body: { ...body, padding: 16384 } });
  for (const address of ["/v1/stream?padding=0", "/v1/stream?a=b&padding=99"]) {
    assert.deepEqual(padded({ address }), { address });
    assert.deepEqual(padded({ address, body }), { address, body });
  }
});
