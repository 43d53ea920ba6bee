/** How long to wait before the next attempt. Pure. */

/** ms of the first wait if no gateway has named one. Each further wait is up to twice as long as the one before. */
export const FIRST_WAIT = 3_000;

/** ms that a wait is never longer than, whatever `retry` a gateway names in its stream. */
export const LONGEST_WAIT = 30_000;

/** ms that a server may ask for by Retry-After: more must be a mistake. */
const LONGEST_RETRY_AFTER = 300_000;

/**
 * Return how long to wait, in ms. Random, so that clients that were disconnected together do not come back together.
 *
 * @param {number} attempts that have failed since the last success
 * @param {number} random from 0 to 1
 * @param {number} [first] wait that the gateway named in its `hello`, different for each client
 * @param {number} [least] ms that the server asked for
 */
export function backOff(attempts, random, first = FIRST_WAIT, least = 0) {
  const drawn = Math.min(LONGEST_WAIT, first * 2 ** attempts) * (0.5 + random / 2);
  // The server named the same time to all clients: spread them over half of it behind that time.
  return Math.round(Math.max(drawn, Math.min(least, LONGEST_RETRY_AFTER) * (1 + random / 2)));
}

/**
 * Return the ms that a Retry-After header asks for: seconds, or a date. 0 if there is none.
 *
 * @param {string | null} header
 * @param {number} now ms since the epoch
 */
export function retryAfter(header, now) {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms > 0 ? ms : 0;
}
