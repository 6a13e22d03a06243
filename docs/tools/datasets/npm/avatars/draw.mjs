// Prints portraits as JSON, one a line: first what the packages say about each style, then the drawings, style by style.
//     node draw.mjs '["lorelei", "open-peeps"]' 600
// The seed of a portrait is a hash of its style and number, so that a drawing never depends on how many are asked for.
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { createAvatar } from "@dicebear/core";

const [names, count] = process.argv.slice(2).map((text) => JSON.parse(text));
const styles = await Promise.all(names.map((name) => import(`@dicebear/${name}`)));
const print = (value) => writeSync(process.stdout.fd, `${JSON.stringify(value)}\n`);

print(styles.map((style) => style.meta));
names.forEach((name, index) => {
  for (let number = 0; number < count; number += 1) {
    const seed = createHash("sha256").update(`${name} ${number}`).digest("hex").slice(0, 16);
    print([name, number, createAvatar(styles[index], { seed }).toString()]);
  }
});
