// Every public page in two languages and two widths: texts, width, axe, weight of the scripts, pictures.
import { accessible, check, narrow, person, picture, scriptBytes, tidy, watchPage, wide } from "./site.mjs";

const languages = ["zh-CN", "en"];

/** Addresses of records that exist on this site, found the way a visitor finds them: by links. */
async function samples(browser) {
  const context = await person(browser);
  const page = await context.newPage();
  const first = async (path, selector) => {
    await page.goto(path);
    const link = page.locator(selector).first();
    return (await link.count()) ? link.getAttribute("href") : null;
  };
  const found = {
    achievement: await first("/search?kind=achievement", "main .card h3 a"),
    demand: await first("/search?kind=demand", "main .card h3 a"),
    organisation: await first("/organisations", "main a[href^='/organisations/']"),
    notice: await first("/notices", "main a[href^='/notices/']"),
    records: await first("/indicators", "main .figure a[href^='/indicators/records']"),
    verify: await first("/indicators/records?indicator=contracts_registered&year=2026", "main a[href^='/contracts/verify']"),
  };
  await context.close();
  return found;
}

/** The pages in one language: wide, then the same narrow. axe sees Chinese wide and English narrow. */
async function inLanguage(browser, language, list) {
  const context = await person(browser, { language });
  const page = await context.newPage();
  watchPage(page, "visitor");
  for (const [name, path, status = 200] of list) {
    await page.setViewportSize(wide);
    let answer;
    const weight = await scriptBytes(page, async () => { answer = await page.goto(path, { waitUntil: "load" }); });
    check(`status ${name} ${language}`, answer.status() === status, String(answer.status()));
    check(`scripts ${name} ${language} within 60 KB`, weight > 0 && weight <= 60 * 1024, `${weight} bytes`);
    for (const size of [wide, narrow]) {
      const title = `${name} ${language} ${size.width}`;
      await page.setViewportSize(size);
      await tidy(page, title);
      if ((size === wide) === (language === "zh-CN")) await accessible(page, title);
      await picture(page, `${name}.${language}.${size.width}`);
    }
  }
  await context.close();
}

export async function publicPages(browser) {
  const found = await samples(browser);
  for (const [name, path] of Object.entries(found)) check(`a visitor finds: ${name}`, path !== null);
  const list = [
    ["home", "/"], ["search", "/search"], ["search-hits", "/search?q=%E9%93%9D"], ["search-none", "/search?q=zzzzqqqq"],
    ["entry-achievement", found.achievement], ["entry-demand", found.demand],
    ["notices", "/notices"], ["notice", found.notice], ["objections", "/objections"],
    ["objections-unknown", "/objections?code=YY-0000"],
    ["verify", "/contracts/verify"], ["verify-found", found.verify], ["verify-unknown", "/contracts/verify?code=GQ-0"],
    ["indicators", "/indicators"], ["records", found.records], ["plan", "/plan"],
    ["organisations", "/organisations"], ["organisation", found.organisation],
    ["sign-in", "/sign-in"], ["register", "/register"], ["message", "/entries/00000000000000000000000000", 404],
  ].filter(([, path]) => path);
  await Promise.all(languages.map((language) => inLanguage(browser, language, list)));
}

/** A site without anything: what the first visitor and the first administrator see. */
export async function emptySite(browser, site) {
  const list = [["", "home"], ["setup", "setup"], ["search", "search"], ["notices", "notices"], ["indicators", "indicators"],
    ["indicators/records?indicator=contracts_registered", "records"], ["organisations", "organisations"], ["plan", "plan"]];
  const addresses = list.map(([path, name]) => [`empty-${name}`, `${site}/${path}`]);
  await Promise.all(languages.map((language) => inLanguage(browser, language, addresses)));
}
