/** The parts of a browser that tickcast.js uses, under the test's control. */

import { mock } from "node:test";

/** An EventSource whose events the test makes. */
export class FakeEventSource extends EventTarget {
  static made = [];
  closed = false;
  readyState = 0;

  constructor(url) {
    super();
    this.url = url;
    FakeEventSource.made.push(this);
  }

  /** The query of its address. */
  get query() {
    return new URLSearchParams(this.url.split("?")[1]);
  }

  say(name, data, lastEventId = "") {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data), lastEventId }));
  }

  /** Fail as a broken connection does; a browser would try again by itself. */
  fail() {
    this.onerror?.(new Event("error"));
  }

  /** End as a stream does that only says when to come back. */
  putOff() {
    this.onopen?.(new Event("open"));
    this.fail();
  }

  /** Fail as a refused stream does: no browser tries again. */
  refuse() {
    this.readyState = 2;
    this.onerror?.(new Event("error"));
  }

  close() {
    this.closed = true;
    this.readyState = 2;
  }
}

/** The newest EventSource. */
export const source = () => FakeEventSource.made.at(-1);

/** Install the fakes; return the function that paints a frame. */
export function installBrowser() {
  FakeEventSource.made = [];
  globalThis.EventSource = FakeEventSource;
  let frames = [];
  globalThis.requestAnimationFrame = (draw) => frames.push(draw);
  globalThis.cancelAnimationFrame = () => (frames = []);
  return () => {
    const due = frames;
    frames = [];
    due.forEach((draw) => draw());
    return due.length;
  };
}

/** Take over the clock: it stands at a million ms, and `mock.timers.tick` moves it. */
export function stopClock() {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 1);
}

export function startClock() {
  mock.timers.reset();
  mock.restoreAll();
}

/**
 * Install a fetch that gives `answers` in turn, each `{status, type, body, headers}` or an Error. Return the list of
 * its requests: `{url, method, body, signal}`.
 */
export function installFetch(...answers) {
  const asked = [];
  globalThis.fetch = async (url, { method = "GET", body, signal, headers } = {}) => {
    asked.push({ url, method, body: body && JSON.parse(body), signal, headers });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    const { status = 200, type = "application/json", body: text = "{}", headers: more = {} } = answer;
    return new Response(method === "HEAD" ? null : text, { status, headers: { "content-type": type, ...more } });
  };
  return asked;
}

/** A problem document as `installFetch` takes it. */
export const problem = (status, detail, headers = {}) => ({
  status, headers, type: "application/problem+json", body: JSON.stringify({ title: "T", status, detail }),
});

/** Let all promises settle that can. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Like `settle`, when a real answer of the `fetch` above is awaited: its body is a stream. */
export const settleFetch = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Web Locks of one browser. */
export class FakeLocks {
  #held = new Map();
  #queues = new Map();

  request(name, { steal = false, signal }, hold) {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const request = { hold, resolve, reject };
      signal?.addEventListener("abort", () => {
        if (!queue.includes(request)) return;
        queue.splice(queue.indexOf(request), 1);
        reject(new DOMException("aborted", "AbortError"));
      });
      if (steal) {
        this.#held.get(name)?.reject(new DOMException("stolen", "AbortError"));
        this.#held.delete(name);
        queue.unshift(request);
      } else queue.push(request);
      queueMicrotask(() => this.#grant(name));
    });
  }

  #grant(name) {
    if (this.#held.has(name)) return;
    const request = this.#queues.get(name).shift();
    if (!request) return;
    this.#held.set(name, request);
    request.hold().then(() => {
      if (this.#held.get(name) === request) this.#held.delete(name);
      request.resolve();
      this.#grant(name);
    });
  }
}

/** BroadcastChannels of one browser; the messages of a `deaf` one wait until it is not. */
export class FakeChannel {
  static open = [];
  #waiting = [];
  #deaf = false;

  constructor(name) {
    this.name = name;
    FakeChannel.open.push(this);
  }

  set deaf(deaf) {
    this.#deaf = deaf;
    if (!deaf) this.#waiting.splice(0).forEach((data) => this.onmessage?.({ data }));
  }

  postMessage(message) {
    const data = structuredClone(message);
    for (const other of FakeChannel.open) {
      if (other === this || other.name !== this.name) continue;
      queueMicrotask(() => other.#take(data));
    }
  }

  #take(data) {
    if (this.#deaf) this.#waiting.push(data);
    else if (FakeChannel.open.includes(this)) this.onmessage?.({ data });
  }

  close() {
    FakeChannel.open = FakeChannel.open.filter((each) => each !== this);
  }
}

/** Install what tabs need to share a stream. */
export function installSharing() {
  FakeChannel.open = [];
  globalThis.BroadcastChannel = FakeChannel;
  globalThis.location = { href: "https://prices.example/" };
  Object.defineProperty(globalThis, "navigator", { value: { locks: new FakeLocks() }, configurable: true });
}

export function uninstallSharing() {
  delete globalThis.location;
}

export const HELLO = {
  stream: "gw-1.x", gateway: "gw-1", interval: 0, heartbeat: 5000, t: 1_000_000_000, resumed: "new", replayed: 0,
};

export const tick = (S, q, p = 1) => ({ S, q, p, t: 1_000_000_000 });

export const bar = (S, t, n, i = "1m") => ({ S, i, t, o: 1, h: 1, l: 1, c: 1, n, q: n });

/** How many entries of any Map or Set are looked at one by one while something is done. */
export function looksOf(work) {
  let looks = 0;
  const undo = [];
  for (const kind of [Map, Set]) {
    for (const name of ["keys", "values", "entries", "forEach", Symbol.iterator]) {
      const original = kind.prototype[name];
      undo.push(() => (kind.prototype[name] = original));
      kind.prototype[name] = function (...rest) {
        looks += this.size;
        return original.apply(this, rest);
      };
    }
  }
  try {
    work();
  } finally {
    undo.forEach((each) => each());
  }
  return looks;
}
