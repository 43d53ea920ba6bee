/** What can be said of a token: what is one, and what it allows. Pure. */

import { claimsOf } from "../tickcast/credentials.js";
import { listed } from "./watchlist.js";

/**
 * Return a token without what comes along when one is copied from a header or a command.
 *
 * @param {string} text
 */
export function pasted(text) {
  return text.trim().replace(/^(authorization:\s*)?bearer\s+/i, "").replace(/\s+/g, "");
}

/**
 * Tell whether a text may be a token: a request can show no other characters.
 *
 * @param {string} text
 */
export function isPossible(text) {
  return /^[!-~]+$/.test(text);
}

/**
 * Return in words what a token allows to read; empty: it does not say.
 *
 * @param {string} token
 */
export function allowanceOf(token) {
  const { symbols = [], interval = 0, delay = 0 } = claimsOf(token)?.tickcast ?? {};
  if (!Array.isArray(symbols) || !claimsOf(token)?.tickcast) return "";
  const all = symbols.includes("*") ? "every symbol" : symbols.length ? listed(symbols.map(String)) : "no symbol";
  const limits = [interval > 0 ? `every ${interval} ms at most` : "", delay > 0 ? `${delay} minutes late` : ""];
  return `It allows ${[all, ...limits.filter(Boolean)].join(", ")}.`;
}
