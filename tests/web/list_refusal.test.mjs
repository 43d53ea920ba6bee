import assert from "node:assert/strict";
import { test } from "node:test";

import { ListRefusal } from "../../web/page/list_refusal.js";
import { settle } from "./fakes.mjs";

const refused = (status, detail = "no") => ({ link: "refused", status, detail, role: "alone" });
const open = { link: "open", status: 0, detail: "", role: "alone" };

/** A list whose gateways answer a request without symbols with these statuses. */
function refusalOf(...statuses) {
  const list = { entries: ["AAPL", "MSFT"] };
  const seen = { asked: 0, refused: [], other: [] };
  const refusal = new ListRefusal(list, {
    ask: async () => ({ status: statuses[seen.asked++] }),
    onRefused: (detail) => seen.refused.push(detail),
    onOther: ({ link, status }) => seen.other.push(`${link} ${status}`),
  });
  return { list, refusal, seen };
}

test("a list is refused if it is too long, or names what is not allowed", async () => {
  const { refusal, seen } = refusalOf(200);
  refusal.follow(refused(400, "too many"));
  assert.deepEqual([seen.asked, seen.refused], [0, ["too many"]]);
  refusal.follow(refused(403, "your token does not allow MSFT"));
  await settle();
  assert.deepEqual(seen, { asked: 1, refused: ["too many", "your token does not allow MSFT"], other: [] });
});

test("a list is not to blame where nothing would be allowed", async () => {
  const { list, refusal, seen } = refusalOf(403);
  refusal.follow(refused(403, "the token allows to read nothing"));
  await settle();
  refusal.follow(refused(401));
  refusal.follow(open);
  list.entries = ["*"];
  refusal.follow(refused(403));
  assert.deepEqual(seen, { asked: 1, refused: [], other: ["refused 403", "refused 401", "open 0", "refused 403"] });
});

test("while nobody can tell, the next refusal asks again", async () => {
  const { refusal, seen } = refusalOf(429, 0, 200);
  for (let turn = 0; turn < 3; turn += 1) {
    refusal.follow(refused(403));
    refusal.follow(refused(403));
    await settle();
  }
  assert.deepEqual([seen.asked, seen.refused], [3, ["no"]]);
});

test("an answer that comes late changes nothing", async () => {
  const { list, refusal, seen } = refusalOf(200, 200);
  refusal.follow(refused(403));
  refusal.follow(open);
  await settle();
  refusal.follow(refused(403));
  list.entries = ["*"];
  await settle();
  assert.deepEqual(seen, { asked: 2, refused: [], other: ["open 0"] });
});
