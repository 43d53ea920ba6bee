// Reads a stream with Node and prints each piece of text as it comes. Arguments: `fetch` (its own decoder, asked
// for as it likes) or `gzip` (the decoder of node:zlib), then the address. node:zlib's decoder of zstd is not among
// them: in Node 24 it reads the first frame alone.
import http from "node:http";
import zlib from "node:zlib";

const [how, url] = process.argv.slice(2);
if (how === "fetch") {
  const response = await fetch(url);
  console.log("compressed:", response.headers.has("content-encoding"));
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) process.stdout.write(piece);
} else {
  http.get(url, { headers: { "accept-encoding": how } }, (response) => {
    console.log("compressed:", "content-encoding" in response.headers);
    response.pipe(zlib.createGunzip()).on("data", (piece) => process.stdout.write(piece));
  });
}
