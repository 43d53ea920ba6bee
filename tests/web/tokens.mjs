/** Streams with tokens, and the server that takes them. */

import { afterEach, beforeEach, mock } from "node:test";

import { Tickcast } from "../../web/tickcast.js";
import { HELLO, installBrowser, settleFetch, startClock, stopClock, tick } from "./fakes.mjs";

export const START = 1_000_000;

/** A token that expires so many ms after the start, by name. */
export const token = (name, ms) => {
  const part = (claims) => btoa(JSON.stringify(claims)).replace(/=+$/, "");
  return `${part({ alg: "none" })}.${part({ sub: name, exp: (START + ms) / 1000 })}.x`;
};

/** A server of streams: each request gets what `answer` returns. */
export class Server {
  asked = [];
  streams = [];

  constructor(answer = () => undefined) {
    globalThis.fetch = async (url, { method = "GET", body, headers = {}, signal, credentials } = {}) => {
      this.asked.push({ url, method, body: body && JSON.parse(body), token: headers.authorization, credentials });
      const refusal = answer(this.asked.at(-1));
      if (refusal) return new Response(refusal.body, { status: refusal.status, headers: { "content-type": refusal.type } });
      if (method === "PATCH") return new Response("{}", { headers: { "content-type": "application/json" } });
      let control;
      const stream = new ReadableStream({ start: (each) => (control = each) });
      signal.addEventListener("abort", () => this.streams.splice(this.streams.indexOf(control), 1));
      this.streams.push(control);
      return new Response(stream, { headers: { "content-type": "text/event-stream" } });
    };
  }

  async say(name, data, id = "") {
    const text = `${id && `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    this.streams.at(-1).enqueue(new TextEncoder().encode(text));
    await settle();
  }

  async greet() {
    await this.say("hello", HELLO);
    await this.say("snapshot", [tick("A", 1)], "c1");
  }
}

export const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await settleFetch();
};

export let stream;

/** Open a stream. */
export function open(options) {
  stream = new Tickcast(options);
}

beforeEach(() => {
  stopClock();
  installBrowser();
});

afterEach(() => {
  stream?.close();
  startClock();
});

export const pass = async (ms) => {
  mock.timers.tick(ms);
  await settle();
};

/** Let time pass on a stream that is alive. */
export const live = async (server, ms) => {
  for (let left = ms; left > 0; left -= 5_000) {
    await pass(Math.min(left, 5_000));
    await server.say("heartbeat", { t: Date.now() * 1000, feed: "live", age: 1 });
  }
};

/** A source of tokens that come when the test says. */
export class Slow {
  asked = [];

  source = () => new Promise((resolve, reject) => this.asked.push({ resolve, reject }));

  async give(number, text) {
    this.asked[number].resolve(text);
    await settle();
  }
}
