// The three languages have the same keys with the same parameters, every key that the code names exists,
// no key is unused, and no template holds words of its own.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "../src");
const faults = [];
const read = (tag) => JSON.parse(readFileSync(join(source, `locales/${tag}.json`), "utf8"));
const flat = (object, above = "") => Object.entries(object).flatMap(([key, value]) => (typeof value === "object" ? flat(value, `${above}${key}.`) : [[above + key, value]]));
const languages = Object.fromEntries(["zh-CN", "zh-TW", "en"].map((tag) => [tag, new Map(flat(read(tag)))]));
const parameters = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort().join();

for (const [tag, texts] of Object.entries(languages)) {
  for (const [key, text] of languages["zh-CN"]) {
    if (!texts.has(key)) faults.push(`${tag}: ${key} is missing`);
    else if (parameters(texts.get(key)) !== parameters(text)) faults.push(`${tag}: ${key} has other parameters than zh-CN`);
  }
  for (const [key, text] of texts) {
    if (!languages["zh-CN"].has(key)) faults.push(`${tag}: ${key} is not in zh-CN`);
    if (text.trim() === "") faults.push(`${tag}: ${key} is empty`);
    if (tag === "en" && /[\u3400-\u9fff]/.test(text) && !key.startsWith("language")) faults.push(`en: ${key} is not translated`);
  }
}

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (/\.(vue|ts)$/.test(name) && !name.endsWith(".d.ts")) yield path;
  }
}
const used = new Set();
const prefixes = [];
for (const path of files(source)) {
  const text = readFileSync(path, "utf8");
  const name = relative(source, path);
  for (const match of text.matchAll(/["'`]([a-z_]+(?:\.[\w-]+)+)["'`]/g)) {
    if (languages["zh-CN"].has(match[1])) used.add(match[1]);
  }
  for (const match of text.matchAll(/\bt\(\s*["']([^"']+)["']/g)) {
    if (!languages["zh-CN"].has(match[1])) faults.push(`${name}: no text ${match[1]}`);
  }
  for (const match of text.matchAll(/`([a-z_]+(?:\.[a-z_]*)+)\$\{/g)) prefixes.push(match[1]);
  if (!path.endsWith(".vue")) continue;
  const template = text.slice(text.indexOf("<template>"), text.lastIndexOf("</template>")).replace(/<!--[\s\S]*?-->/g, "");
  for (const match of template.matchAll(/>([^<>]*)</g)) {
    const words = match[1].replace(/\{\{[\s\S]*?\}\}/g, "").replace(/&\w+;/g, "");
    if (/[\u3400-\u9fff]|[A-Za-z]{3,} [A-Za-z]{2,}/.test(words) && !/[=&|?]/.test(words)) faults.push(`${name}: words in the template: ${words.trim().slice(0, 60)}`);
  }
  for (const match of template.matchAll(/\s(?:placeholder|title|aria-label|label|alt)="([^"]*)"/g)) {
    if (/[\u3400-\u9fff]|[A-Za-z]{3,}/.test(match[1])) faults.push(`${name}: words in an attribute: ${match[1]}`);
  }
}
const isUsed = (key) => used.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
for (const key of languages["zh-CN"].keys()) if (!isUsed(key)) faults.push(`zh-CN: ${key} is not used`);

for (const fault of faults) console.error(fault);
console.log(`${languages["zh-CN"].size} texts in ${Object.keys(languages).length} languages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
