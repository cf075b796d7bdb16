// What every journey shares: the browser, people who sign in through the page, and the checks that
// hold on every page: no key without text, nothing wider than the window, no serious finding of axe.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const address = process.env.GUIQIAO_SITE;
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const password = "Guiqiao-sample-2026";
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = join(root, "screenshots");
mkdirSync(shots, { recursive: true });

export const wide = { width: 1280, height: 860 };
export const narrow = { width: 390, height: 844 };
export const report = { passed: 0, failed: 0 };

/** Counts one assertion; what fails is printed with its reason. */
export function check(name, isTrue, detail = "") {
  if (isTrue) {
    report.passed += 1;
    return true;
  }
  report.failed += 1;
  console.log(`FAIL ${name}${detail ? `: ${detail}` : ""}`);
  return false;
}

/** Runs one step of a story. A step that fails ends the story: what follows stands on it. */
export async function step(name, act) {
  const begin = Date.now();
  try {
    const result = await act();
    report.passed += 1;
    console.log(`ok   ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    report.failed += 1;
    console.log(`FAIL ${name}: ${error.stack ?? error}`);
    throw new StoryEnd(name);
  }
}
export class StoryEnd extends Error {}

export function demand(isTrue, message) {
  if (!isTrue) throw new Error(message);
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

/** A browser of one person: own cookies, own language. */
export async function person(browser, options = {}) {
  const { language = "zh-CN", scripts = true } = options;
  const context = await browser.newContext({
    baseURL: address, locale: language, timezoneId: "Asia/Shanghai", javaScriptEnabled: scripts,
    viewport: wide, reducedMotion: "reduce", acceptDownloads: true,
  });
  context.setDefaultTimeout(15000);
  await context.addCookies([{ name: "gq_language", value: language, url: address }]);
  return context;
}

/** Signs in through the page, as people do, and ends at the workbench. */
export async function signIn(context, login) {
  const page = await context.newPage();
  watchPage(page, login);
  await page.goto("/sign-in");
  await page.fill("#login", login);
  await page.fill("#password", password);
  await Promise.all([page.waitForURL(/\/desk\//), page.click("main form button")]);
  await settled(page);
  return page;
}

/** Mistakes of scripts count as failures wherever they happen. */
export function watchPage(page, who) {
  page.on("pageerror", (error) => check(`no script error (${who}, ${page.url()})`, false, error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Refused to/.test(message.text())) {
      check(`no refusal by the content policy (${who}, ${page.url()})`, false, message.text());
    }
  });
}

/** Waits until the workbench shows its page and nothing is being read. */
export async function settled(page) {
  await page.waitForSelector("main h1", { timeout: 15000 });
  await page.waitForFunction(() => !document.querySelector("main [aria-busy='true'], main .skeleton"), null, { timeout: 15000 });
}

export async function open(page, path) {
  await page.goto(path);
  await settled(page);
}

/** Bytes of JavaScript on the line while `act` runs, as the browser counts them, nothing from its cache. */
export async function scriptBytes(page, act) {
  const session = await page.context().newCDPSession(page);
  const scripts = new Set();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, response }) => { if (/javascript/.test(response.mimeType)) scripts.add(requestId); });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (scripts.has(requestId)) bytes += encodedDataLength; });
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await act();
  await session.detach();
  return bytes;
}

/** The server's API in the session of the page. */
export function api(page, method, path, body, headers = {}) {
  return page.evaluate(async ([method, path, body, headers]) => {
    const session = await (await fetch("/api/session", { headers: { Accept: "application/json" } })).json();
    const answer = await fetch(path, {
      method, headers: { Accept: "application/json", "X-CSRF-Token": session.csrf ?? "",
        ...(body === null ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === null ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let read = text;
    try { read = JSON.parse(text); } catch { /* not JSON: as it is */ }
    return { status: answer.status, etag: answer.headers.get("ETag"), body: read };
  }, [method, path, body ?? null, headers]);
}

const serious = new Set(["serious", "critical"]);

/** Runs axe-core; serious and critical findings fail. */
export async function accessible(page, name) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((item) => ({ id: item.id, impact: item.impact, help: item.help,
      nodes: item.nodes.slice(0, 4).map((node) => `${node.target.join(" ")} ${node.html.slice(0, 140)}`), count: item.nodes.length }));
  });
  const bad = found.filter((item) => serious.has(item.impact));
  check(`axe ${name}`, bad.length === 0,
    bad.map((item) => `\n    ${item.impact} ${item.id} × ${item.count}: ${item.help}\n      ${item.nodes.join("\n      ")}`).join(""));
}

/** No key without text, nothing wider than the window. */
export async function tidy(page, name) {
  const found = await page.evaluate(() => {
    const over = [];
    const width = document.scrollingElement.scrollWidth;
    if (width > window.innerWidth) {
      for (const element of document.querySelectorAll("body *")) {
        const box = element.getBoundingClientRect();
        if (box.right > window.innerWidth + 1 && over.length < 5) over.push(`${element.tagName}.${element.className} ${Math.round(box.right)}`);
      }
    }
    const keys = document.documentElement.outerHTML.match(/⟦[^⟧]*⟧?/g) ?? [];
    return { width, inner: window.innerWidth, over, keys: [...new Set(keys)] };
  });
  check(`texts ${name}`, found.keys.length === 0, found.keys.join(" "));
  check(`width ${name}`, found.width <= found.inner, `${found.width} > ${found.inner}: ${found.over.join("; ")}`);
}

export async function picture(page, name, options = {}) {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true, ...options });
}
