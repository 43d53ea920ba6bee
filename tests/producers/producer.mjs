// One producer of the trial in Node: node producer.mjs NUMBER PORT RATE SECONDS. See producer.py.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { crc32 } from "node:zlib";

const [PARTITIONS, SYMBOLS] = [16, 200];
const [producer, port, rate, seconds] = process.argv.slice(2).map(Number);
const redis = connect(port, "127.0.0.1").setEncoding("latin1");

/** Appends an entry; returns when Redis has answered with its id. */
async function add(partition, number, lines) {
  const inbox = `{tickcast:main:${partition}}:in`;
  const words = ["XADD", inbox, "*", "by", `node-${producer}`, "n", String(number), "d", lines.join("\n")];
  redis.write(`*${words.length}\r\n` + words.map((each) => `$${Buffer.byteLength(each)}\r\n${each}\r\n`).join(""));
  let reply = "";
  while (reply.split("\r\n").length < 3) reply += (await once(redis, "data"))[0];
  if (!reply.startsWith("$")) throw new Error(reply);
}

let [taken, number] = [0, 0];
const began = performance.now();
for (let next = 0; next < Math.floor(rate * seconds); ) {
  await setTimeout(50);
  const due = Math.min(Math.floor(rate * seconds), Math.floor(((performance.now() - began) / 1000) * rate));
  const waiting = new Map();
  for (; next < due; next++) {
    const S = `S${String((next * 7 + producer) % SYMBOLS).padStart(3, "0")}`;
    const partition = crc32(S) % PARTITIONS;
    const line = JSON.stringify({ S, p: 100 + (next % 50), s: next + 1, bs: producer + 1 });
    waiting.set(partition, [...(waiting.get(partition) ?? []), line]);
  }
  for (const [partition, lines] of waiting) {
    await add(partition, ++number, lines);
    taken += lines.length;
  }
}
redis.destroy();
console.log(JSON.stringify({ taken }));
