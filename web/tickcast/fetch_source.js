/**
 * A stream that is read by fetch, with the face of an EventSource as far as `connection.js` looks at it: it can send a
 * token and a long list, and knows why it was refused.
 */

import { NEVER_ELSEWHERE, refusalOf } from "./refusal.js";
import { SseParser } from "./sse.js";

/** @typedef {import("./credentials.js").Credentials} Credentials */

export class FetchSource extends EventTarget {
  /** As EventSource has it: 0 connecting, 1 open, 2 closed. */
  readyState = 0;
  /** Why the stream was refused; undefined: it was not.
   * @type {import("./refusal.js").Reply | undefined} */
  refusal;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {(() => void) | null} */
  onerror = null;
  #ending = new AbortController();

  /**
   * @param {string} address
   * @param {Credentials} credentials
   * @param {object} [body] what the stream is asked for, by QUERY; without it the address says that
   */
  constructor(address, credentials, body) {
    super();
    void this.#read(address, credentials, body);
  }

  close() {
    this.readyState = 2;
    this.#ending.abort();
  }

  /**
   * @param {string} address
   * @param {Credentials} credentials
   * @param {object} [body]
   */
  async #read(address, credentials, body) {
    const { signal } = this.#ending;
    try {
      if (credentials.hasTokens) {
        const shown = await this.#token(credentials);
        if (signal.aborted || !shown) return;
        credentials.adopt(shown);
      }
      const response = await fetch(address, { ...NEVER_ELSEWHERE, ...sentWith(credentials, body), signal });
      this.refusal = await refusalOf(response, "GET");
      if (this.refusal || !response.body) throw new Error("refused");
      this.readyState = 1;
      this.onopen?.();
      await this.#hear(response.body);
    } catch {
      // Cut, refused, or no network.
    }
    this.#fail();
  }

  /**
   * @param {Credentials} credentials
   * @returns {Promise<import("./credentials.js").Shown | undefined>}
   */
  async #token(credentials) {
    try {
      return await credentials.renew();
    } catch (error) {
      // Without a token the answer is known.
      this.refusal = { status: 401, detail: String(/** @type {Error} */ (error)?.message ?? error), retryAfter: 0, ours: true };
      this.#fail();
      return undefined;
    }
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async #hear(body) {
    const parser = new SseParser((name, data, lastEventId) => {
      if (this.readyState === 1) this.dispatchEvent(new MessageEvent(name, { data, lastEventId }));
    });
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #fail() {
    // Who has closed it wants to hear no more.
    if (this.readyState === 2) return;
    this.readyState = 2;
    this.onerror?.();
  }
}

/**
 * @param {Credentials} credentials
 * @param {object} [body]
 * @returns {RequestInit}
 */
function sentWith(credentials, body) {
  const headers = { accept: "text/event-stream", ...credentials.running };
  if (!body) return { ...credentials.requestInit, headers };
  return {
    ...credentials.requestInit,
    method: "QUERY",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
