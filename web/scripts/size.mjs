// Measures what the queue page loads at first: index.html, everything its module graph imports statically,
// and the lazy chunks that the first screen itself asks for (its page, one language, Element's words).
// Fails above the budget (docs: first load of the workbench, gzip JavaScript).
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const budget_kib = 250;
const folder = join(dirname(fileURLToPath(import.meta.url)), "../dist/desk");
if (!existsSync(join(folder, "index.html"))) {
  console.error("dist/desk is not built yet: run `npm run build` first");
  process.exit(2);
}
const html = readFileSync(join(folder, "index.html"), "utf8");
const assets = new Map();

const staticImports = (source) => [...source.matchAll(/(?:^|[;}\s])(?:import|export)(?:[^"'()]*?from)?["']\.\/([\w.-]+\.js)["']/g)].map((match) => match[1]);
const dynamicImports = (source) => [...source.matchAll(/import\(["']\.\/([\w.-]+\.js)["']\)/g)].map((match) => match[1]);

function visit(name) {
  if (assets.has(name)) return;
  const source = readFileSync(join(folder, "assets", name), "utf8");
  assets.set(name, { raw: Buffer.byteLength(source), packed: gzipSync(source, { level: 9 }).length, lazy: dynamicImports(source) });
  for (const next of staticImports(source)) visit(next);
}
for (const match of html.matchAll(/(?:src|href)="\/desk\/assets\/([\w.-]+\.js)"/g)) visit(match[1]);
if (assets.size === 0) {
  console.error("index.html loads no script: has its form changed?");
  process.exit(2);
}
const firstScreen = [/^QueueView-/, /^zh-CN-/, /^zh-cn-/];
const lazy = [...assets.values()].flatMap((asset) => asset.lazy);
for (const pattern of firstScreen) {
  const found = lazy.find((name) => pattern.test(name));
  if (!found) {
    console.error(`the first screen's chunk ${pattern} is not among the lazy ones`);
    process.exit(2);
  }
  visit(found);
}
let total = 0;
for (const [name, asset] of [...assets].sort((a, b) => b[1].packed - a[1].packed)) {
  total += asset.packed;
  console.log(`${(asset.packed / 1024).toFixed(1).padStart(8)} KiB  ${name}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(8)} KiB  gzip JavaScript at first load, budget ${budget_kib} KiB`);
process.exit(total / 1024 > budget_kib ? 1 : 0);
