import assert from "node:assert/strict";
import { test } from "node:test";

import { SseParser } from "../../web/tickcast/sse.js";

const parsed = (...chunks) => {
  const events = [];
  const parser = new SseParser((...event) => events.push(event));
  for (const chunk of chunks) parser.feed(chunk);
  return events;
};

test("events are heard with their name, data and the last id", () => {
  const text = "retry: 1500\n: a comment\n\nevent: hello\ndata: {}\n\nid: c1\nevent: tick\ndata: 1\ndata: 2\n\ndata\n\nevent: x\n\n";
  assert.deepEqual(parsed(text), [["hello", "{}", ""], ["tick", "1\n2", "c1"], ["message", "", "c1"]]);
});

test("every kind of line end counts once, wherever the chunks are cut", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const text = ["\uFEFFevent: a", "data: 1", "", "id: i", "data:  2", "", ""].join(end) + end;
    const whole = parsed(text);
    assert.deepEqual(whole.slice(0, 2), [["a", "1", ""], ["message", " 2", "i"]]);
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(parsed(text.slice(0, cut), text.slice(cut)), whole, `${JSON.stringify(end)} at ${cut}`);
    }
    assert.deepEqual(parsed(...text), whole);
  }
});

test("an event without its end is no event, and an id with NUL is none", () => {
  assert.deepEqual(parsed("data: 1\n"), []);
  assert.deepEqual(parsed("id: a\ndata: 1\n\n", "id: b\0c\ndata: 2\n\n"), [["message", "1", "a"], ["message", "2", "a"]]);
});
