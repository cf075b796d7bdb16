// Every screen of the workbench as the people see it who work there: texts, width, axe, first load, pictures.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, api, check, narrow, open, person, picture, root, scriptBytes, signIn, tidy, wide } from "./site.mjs";

const screens = {
  "officer@gxu": ["/", "/inbox", "/entries", "/entries/new", "/imports", "/contacts", "/agreements", "/notices", "/contracts", "/contracts/new", "/subscriptions", "/people", "/settings", "/no-such-page"],
  "officer@nanning": ["/", "/entries", "/objections", "/organisations", "/contracts"],
  "registrar@nanning": ["/", "/contracts"],
};

/** Screens of single records, found through the lists of the person. */
async function records(page, login) {
  const found = [];
  const first = async (name, list, key, path) => {
    const answer = await api(page, "GET", list);
    const item = (answer.body[key] ?? answer.body.items ?? [])[0];
    if (item) found.push([name, path(item.id)]);
  };
  if (login === "officer@gxu") {
    await first("entry", "/api/entries?mine=true", "items", (id) => `/entries/${id}`);
    await first("contact-in", "/api/contacts?box=in", "contacts", (id) => `/contacts/${id}`);
    await first("room", "/api/contacts?box=in", "contacts", (id) => `/rooms/${id}`);
    await first("room-confidential", "/api/contacts?box=in", "contacts", (id) => `/rooms/${id}?tab=confidential`);
    await first("room-meetings", "/api/contacts?box=in", "contacts", (id) => `/rooms/${id}?tab=meetings`);
    await first("agreement", "/api/agreements", "agreements", (id) => `/agreements/${id}`);
    await first("notice", "/api/notices", "notices", (id) => `/notices/${id}`);
  }
  if (login === "officer@nanning") {
    await first("organisation", "/api/organisations", "items", (id) => `/organisations/${id}`);
  }
  if (login === "registrar@nanning") {
    await first("contract", "/api/contracts", "items", (id) => `/contracts/${id}`);
  }
  return found;
}

const areas = Object.keys(JSON.parse(readFileSync(join(root, "web/src/locales/zh-CN.json"), "utf8"))).join("|");

/** A key that the workbench has no text for is shown as it is: area.name. */
async function wordsOnly(page, title) {
  const text = await page.locator("body").innerText();
  const keys = text.match(new RegExp(`(?<![\\w.@/-])(${areas})(\\.[a-z0-9_]+)+(?![\\w@-])`, "g")) ?? [];
  check(`texts of the workbench ${title}`, keys.length === 0, [...new Set(keys)].join(" "));
}

/** The screens in one language: wide, then the same narrow. axe sees Chinese wide and English narrow. */
async function walk(browser, login, language) {
  const context = await person(browser, { language });
  const page = await signIn(context, login);
  check(`the workbench speaks the chosen language (${language})`, (await page.getAttribute("html", "lang")) === language);
  const role = login.replace("@", "-");
  const list = screens[login].map((path) => [path === "/" ? "queue" : path.slice(1).replace(/\//g, "-"), path]);
  for (const [name, path] of [...list, ...(await records(page, login))]) {
    await page.setViewportSize(wide);
    try {
      await open(page, `/desk${path}`);
    } catch (error) {
      check(`desk ${name} (${login}, ${language}) opens`, false, String(error).split("\n")[0]);
      continue;
    }
    for (const size of [wide, narrow]) {
      const title = `desk ${name} (${login}, ${language}, ${size.width})`;
      await page.setViewportSize(size);
      await page.waitForTimeout(100);
      await tidy(page, title);
      await wordsOnly(page, title);
      if ((size === wide) === (language === "zh-CN")) await accessible(page, title);
      await picture(page, `desk-${role}-${name}.${language}.${size.width}`);
    }
  }
  await context.close();
}

/** What the first load of the workbench weighs on the line, in JavaScript. */
async function firstLoad(browser) {
  const context = await person(browser);
  const page = await signIn(context, "officer@gxu");
  const fresh = await context.newPage();
  const weight = await scriptBytes(fresh, () => open(fresh, "/desk/"));
  console.log(`     the workbench loads ${(weight / 1024).toFixed(1)} KB of JavaScript at first`);
  check("first load of the workbench within 250 KB", weight > 0 && weight <= 250 * 1024, `${weight} bytes`);
  await page.close();
  await context.close();
}

export async function deskPages(browser) {
  await firstLoad(browser);
  const languages = ["zh-CN", "en"];
  await Promise.all(languages.map(async (language) => {
    for (const login of Object.keys(screens)) await walk(browser, login, language);
  }));
}
