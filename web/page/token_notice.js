/** What is said of the token that there is, and of one that was handed in. Which of several things is said. No DOM. */

import { expiryOf } from "../tickcast/credentials.js";
import { isTransient } from "../tickcast/refusal.js";
import { dated } from "./numbers.js";
import { allowanceOf } from "./token_words.js";

/** ms before a token expires when it is said. */
const SOON = 300_000;

/** Statuses by which a gateway says that a token is not good, or not good enough. */
const OF_THE_TOKEN = new Set([401, 403]);

/** @typedef {Readonly<import("../tickcast.js").State>} State */

export class TokenNotice {
  /** What is said of the token that was handed in last, and not taken: until another is, or the reader has put it off. */
  #tried = "";
  /** Why the stream was refused; empty: it was not, or has opened since. */
  #refused = "";
  #open = false;
  /** Whether the reader wants to hand in another. */
  #asked = false;
  /** The ends of tokens that the reader was warned of and put off, ms since the epoch. */
  #warned = 0;
  #dismissed = 0;

  /**
   * @param {State} state of the stream
   * @param {string} token that there is; empty: none
   */
  follow({ link, status, detail }, token) {
    this.#open = link === "open";
    if (link === "refused" && OF_THE_TOKEN.has(status)) this.#refused = refusalOf(status, detail, token);
    else if (this.#open && this.#refused) this.taken();
  }

  /** The reader wants to hand in another. */
  ask() {
    this.#asked = true;
  }

  /** @param {string} why a token that was handed in is not taken */
  refuse(why) {
    this.#tried = why;
  }

  /** A token was taken. */
  taken() {
    [this.#tried, this.#refused, this.#asked] = ["", "", false];
  }

  /** The reader puts off what was said. */
  dismiss() {
    [this.#tried, this.#asked] = ["", false];
    this.#dismissed = this.#warned;
  }

  /** Whether the reader may put it off: prices go on. */
  get mayWait() {
    return this.#open && !this.#refused;
  }

  /**
   * Return what is to be said; empty: nothing.
   *
   * @param {string} token that there is
   * @param {number} now ms since the epoch
   */
  words(token, now) {
    if (this.#tried || this.#refused) return this.#tried || this.#refused;
    if (this.#asked) return "Hand in another token: prices go on without a break.";
    const at = expiryOf(token);
    const left = at - now;
    if (!at || left > SOON) return "";
    // A stream that goes on knows better than this computer's clock.
    if (left <= 0) return this.#open ? "" : `Your token expired ${when(at)}. Prices stand still until you hand in another.`;
    if (this.#dismissed === at) return "";
    this.#warned = at;
    return `Your token expires ${when(at)}. Hand in another, and prices go on without a break.`;
  }
}

/**
 * Return what is said of a token that was handed in, by a gateway's answer to it; empty: it is good.
 *
 * @param {import("../tickcast/refusal.js").Reply} reply
 * @param {string} token
 */
export function verdictOf({ status, detail, retryAfter }, token) {
  if (status > 0 && status < 400) return "";
  if (OF_THE_TOKEN.has(status)) return `That token is not taken: ${detail || status}. ${allowanceOf(token)}`.trim();
  const again = retryAfter ? `Try again in ${Math.ceil(retryAfter / 1000)} s.` : "Try again soon.";
  if (status === 429) return `Too many requests were made from here, so the token is not tried yet. ${again}`;
  if (isTransient(status)) return `No gateway answers now, so the token is not tried yet. ${again}`;
  return `The token could not be tried: the answer is ${status}${detail && `, ${detail}`}.`;
}

/**
 * Return until when a token is good.
 *
 * @param {string} token
 */
export function termOf(token) {
  const at = expiryOf(token);
  return at ? `until ${dated(at * 1000)}` : "held by this tab";
}

/** @param {number} at ms since the epoch */
function when(at) {
  return `at ${dated(at * 1000)}`;
}

/**
 * @param {number} status
 * @param {string} detail
 * @param {string} token
 */
function refusalOf(status, detail, token) {
  if (status === 403) return `Not allowed: ${detail}. ${allowanceOf(token)}`.trim();
  if (token) return `Your token is not taken: ${detail}. Hand in another.`;
  return "These prices are for those who have a token. Paste yours, or log in and load this page again.";
}
