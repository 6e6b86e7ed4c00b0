// Unpacks age's test vectors from the npm package cctv-age, one a file; tests/deps calls it.
//
//     node unpack-vectors.mjs FOLDER_OF_THE_PACKAGE FOLDER
//
// A vector is a header of "key: value" lines, an empty line, and an age file, which may be compressed: that is undone here,
// so that the test needs no zlib.
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { inflateSync } from "node:zlib";

const [from, to] = process.argv.slice(2);
const vectors = await import(resolve(from, "index.js"));

mkdirSync(to, { recursive: true });
for (const [name, vector] of Object.entries(vectors)) {
	const bytes = Buffer.from(vector);
	const border = bytes.indexOf("\n\n") + 2;
	const header = bytes.toString("utf8", 0, border);
	const plain = header.replace(/^compressed: zlib\n/m, "");
	const file = bytes.subarray(border);
	writeFileSync(resolve(to, name), Buffer.concat([Buffer.from(plain), plain === header ? file : inflateSync(file)]));
}
