import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { TokenNotice, termOf, verdictOf } from "../../web/page/token_notice.js";

const NOW = new Date(2026, 10, 30, 12).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: NOW }));
afterEach(() => mock.timers.reset());

const part = (claims) => btoa(JSON.stringify(claims)).replace(/=+$/, "");
/** A token that ends so many ms from now. */
const token = (ms) => `${part({})}.${part({ exp: (NOW + ms) / 1000, tickcast: { symbols: ["A"] } })}.x`;

const open = { link: "open", status: 0, detail: "" };
const refused = (status, detail) => ({ link: "refused", status, detail });
const reply = (status, detail = "", retryAfter = 0) => ({ status, detail, retryAfter });

/** A notice about a token, and what it says so many ms from now. */
function noticeOf(held) {
  const notice = new TokenNotice();
  return { notice, follow: (state) => notice.follow(state, held), says: (ms = 0, of = held) => notice.words(of, NOW + ms) };
}

test("why a token is not taken stays, whatever the stream does, until another is taken or it is put off", () => {
  const { notice, follow, says } = noticeOf(token(10_000));
  follow(open);
  assert.match(says(), /^Your token expires at /);
  notice.refuse("That token is not taken: its key is unknown.");
  assert.match(says(1_000), /its key is unknown/);
  follow(refused(401, "the token has expired"));
  assert.match(says(20_000), /its key is unknown/);
  notice.taken();
  assert.equal(says(0, token(HOUR)), "");
  notice.refuse("no");
  follow(open);
  notice.dismiss();
  assert.equal(says(0, token(HOUR)), "");
});

test("why the stream is refused is said until it opens", () => {
  const { follow, says } = noticeOf("");
  assert.equal(says(), "");
  follow(refused(401, "a token is needed"));
  assert.match(says(), /^These prices are for those who have a token\./);
  follow({ link: "connecting", status: 0, detail: "" });
  assert.match(says(), /^These prices are for those who have a token\./);
  follow(open);
  assert.equal(says(), "");
  const held = noticeOf(token(HOUR));
  held.follow(refused(403, "origins of others are not served"));
  assert.equal(held.says(), "Not allowed: origins of others are not served. It allows A.");
});

test("an end is told with its day where that is not today", () => {
  assert.equal(termOf(token(HOUR)), `until ${new Date(NOW + HOUR).toLocaleTimeString("en-GB")}`);
  assert.match(termOf(token(72 * HOUR)), /^until 3 Dec \d\d:\d\d:\d\d$/);
  assert.match(termOf(token(365 * 24 * HOUR)), /^until \d+ \w+ 2027 \d\d:\d\d:\d\d$/);
  assert.equal(termOf("opaque"), "held by this tab");
  const { follow, says } = noticeOf(token(-48 * HOUR));
  follow(refused(500, ""));
  assert.match(says(), /^Your token expired at 28 Nov \d\d:\d\d:\d\d\. Prices stand still/);
});

test("the end of a token is told five minutes ahead, and not again once it was put off", () => {
  const { notice, follow, says } = noticeOf(token(HOUR));
  follow(open);
  assert.equal(says(50 * MINUTE), "");
  assert.match(says(56 * MINUTE), /^Your token expires at /);
  notice.dismiss();
  assert.equal(says(57 * MINUTE), "");
  // By a gateway's clock it may be good for longer.
  assert.equal(says(61 * MINUTE), "");
  assert.equal(notice.mayWait, true);
  follow({ link: "waiting", status: 0, detail: "" });
  assert.match(says(61 * MINUTE), /^Your token expired at /);
  assert.equal(notice.mayWait, false);
});

test("a reader who put off something else is warned nevertheless", () => {
  const { notice, follow, says } = noticeOf(token(HOUR));
  follow(open);
  notice.ask();
  assert.match(says(), /^Hand in another token/);
  notice.dismiss();
  assert.equal(says(), "");
  assert.match(says(56 * MINUTE), /^Your token expires at /);
});

test("only what is said of the token is held against it", () => {
  const held = token(HOUR);
  assert.equal(verdictOf(reply(200), held), "");
  assert.equal(verdictOf(reply(304), held), "");
  assert.equal(verdictOf(reply(401, "its key is unknown"), held), "That token is not taken: its key is unknown. It allows A.");
  assert.equal(verdictOf(reply(403), "opaque"), "That token is not taken: 403.");
  const others = [
    [reply(429, "too many", 4_200), "Too many requests were made from here, so the token is not tried yet. Try again in 5 s."],
    [reply(408), "No gateway answers now, so the token is not tried yet. Try again soon."],
    [reply(503, "", 2_000), "No gateway answers now, so the token is not tried yet. Try again in 2 s."],
    [reply(0), "No gateway answers now, so the token is not tried yet. Try again soon."],
    [reply(421, "no such host here"), "The token could not be tried: the answer is 421, no such host here."],
    [reply(431), "The token could not be tried: the answer is 431."],
  ];
  for (const [answer, words] of others) assert.equal(verdictOf(answer, held), words);
});
