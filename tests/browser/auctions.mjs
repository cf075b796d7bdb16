// Online bidding in real browsers: an open ascending sale with three bidders in three browsers and a watcher on a phone, and a
// sealed sale under the keys of two holders, opened by both in the workbench.
import { generateKeyPairSync } from "node:crypto";
import { accessible, api, check, demand, narrow, tidy, open, person, picture, settled, signIn, step, watchPage, StoryEnd } from "./site.mjs";

const bidders = { anna: "engineer@liuzhou", ben: "manager@liuzhou", cai: "manager@nanning" };
const soon = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const text = (page, selector) => page.locator(selector).innerText();
const base64 = (url) => Buffer.from(url, "base64url").toString("base64");

/** A key pair as a holder makes it on his own machine. */
function makeKeys() {
  const { privateKey } = generateKeyPairSync("x25519");
  const { x, d } = privateKey.export({ format: "jwk" });
  return { public_key: base64(x), secret_key: base64(d) };
}

async function session(page) {
  return (await api(page, "GET", "/api/session")).body;
}

async function announce(host, draft) {
  const made = await api(host, "POST", "/api/auctions", draft);
  demand(made.status === 201, `announcing: ${JSON.stringify(made.body)}`);
  return made.body.id;
}

async function until(page, what, condition, seconds = 20) {
  for (let end = Date.now() + seconds * 1000; Date.now() < end;) {
    if (await condition()) return;
    await page.waitForTimeout(150);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

export async function auctions(browser) {
  const people = {};
  const enter = async (name, options) => (people[name] = await person(browser, options));
  try {
    const host = await signIn(await enter("host"), "operator@market");
    const pages = {};
    for (const [name, login] of Object.entries(bidders)) pages[name] = await signIn(await enter(name), login);
    const seats = [];
    for (const page of Object.values(pages)) seats.push({ organisation: (await session(page)).organisation.id, deposit: "20000.00" });
    const seller = (await session(host)).organisation.id;
    await english(browser, { host, pages, seats, seller, enter });
    await sealed(browser, { host, pages, seats, seller, enter });
  } catch (error) {
    if (!(error instanceof StoryEnd)) throw error;
    for (const [name, each] of Object.entries(people)) for (const page of each.pages()) await picture(page, `failed-auction-${name}`).catch(() => undefined);
  } finally {
    for (const each of Object.values(people)) await each.close();
  }
}

async function english(browser, { host, pages, seats, seller, enter }) {
  let id;
  let phone;
  await step("a sale is announced and stands in the calendar", async () => {
    id = await announce(host, { title: "赤泥制砖工艺普通许可", place: "450100", seller, preset: "english_window_2m", agent_allowed: true,
      parameters: { start: "100000", step: "5000", window: "8s", extend: "8s", deposit: "20000", open: soon(12), close: soon(60) }, bidders: seats });
    phone = await (await enter("watcher")).newPage();
    watchPage(phone, "watcher");
    await phone.setViewportSize(narrow);
    await phone.goto("/auctions");
    await phone.getByRole("link", { name: "赤泥制砖工艺普通许可" }).first().waitFor();
    await tidy(phone, "calendar on a phone");
    await picture(phone, "auctions-phone");
    check("the calendar file names it", (await (await phone.request.get("/auctions.ics")).text()).includes("赤泥制砖工艺普通许可"));
    await phone.goto(`/auctions/${id}`);
  });
  await step("three bidders sit in the room before it opens", async () => {
    for (const page of Object.values(pages)) await page.goto(`/auctions/${id}`);
    check("the pad is closed before the opening", !(await pages.anna.locator("#pad").isVisible()));
    await until(pages.anna, "the opening", () => pages.anna.locator("#pad").isVisible(), 30);
  });
  await step("bids move on every screen without reloading", async () => {
    await pages.anna.locator("#amounts button").first().click();
    await until(phone, "the first bid on the phone", async () => (await text(phone, "#price")).includes("100,000.00"));
    await until(pages.ben, "the first bid at the second", async () => (await text(pages.ben, "#price")).includes("100,000.00"));
    check("who leads is told so", (await text(pages.anna, "#place")).includes("领先"));
    await pages.ben.locator("#amounts button").first().click();
    await until(pages.anna, "being outbid", async () => (await text(pages.anna, "#place")).includes("超过"));
    check("a receipt is shown", await pages.ben.locator("#receipt").isVisible());
  });
  await step("a bid that is too low is refused in words", async () => {
    await pages.cai.fill("#amount", "106000");
    await pages.cai.locator("button[name=own]").click();
    await pages.cai.locator("#fault").waitFor();
    check("the refusal says why", /幅度|加价|阶梯|最低/.test(await text(pages.cai, "#fault")), await text(pages.cai, "#fault"));
  });
  await step("who lost his line comes back without loss", async () => {
    const offline = pages.cai.context();
    await offline.setOffline(true);
    await pages.anna.locator("#amounts button").first().click();
    await until(pages.ben, "the bid of the first", async () => (await text(pages.ben, "#price")).includes("110,000.00"));
    await offline.setOffline(false);
    await until(pages.cai, "what happened meanwhile", async () => (await text(pages.cai, "#price")).includes("110,000.00"), 30);
  });
  await step("the room reads well on a phone and on a desk", async () => {
    await tidy(phone, "room on a phone");
    await accessible(phone, "live room");
    await picture(phone, "auction-room-phone");
    await picture(pages.ben, "auction-room");
    const size = (selector) => phone.locator(selector).evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
    const [price, heading, left] = [await size("#price"), await size("h1"), await size("#left")];
    check("the price is the largest thing", price > heading && price > left, `${price} ${heading} ${left}`);
  });
  await step("the sale works without scripts", async () => {
    const plain = await (await enter("plain", { scripts: false })).newPage();
    await plain.goto(`/auctions/${id}`);
    check("the price is in the page itself", (await text(plain, "#price")).includes("110,000.00"));
  });
  await step("it closes by the server's clock and the record replays in the browser", async () => {
    await until(phone, "the close", async () => (await text(phone, "#phase")).includes("成交"), 90);
    await phone.goto(`/auctions/${id}`);
    check("the result names the winner's price", (await text(phone, ".result")).includes("110,000.00"));
    await phone.locator(".result a").click();
    await phone.locator("#verdict.good").waitFor();
    await picture(phone, "auction-replay-phone");
  });
  await step("a changed record is named", async () => {
    const record = await (await phone.request.get(`/auctions/${id}/record.json`)).json();
    record.events[1].payload.amount = "999999.00";
    await phone.setInputFiles("#file", { name: "record.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(record)) });
    await phone.locator("#verdict.bad").waitFor();
    check("the event is named", (await text(phone, "#verdict")).includes("#2"), await text(phone, "#verdict"));
  });
}

async function sealed(browser, { host, pages, seats, seller, enter }) {
  const supervisor = await signIn(await enter("supervisor"), "officer@nanning");
  const keys = [makeKeys(), makeKeys()];
  let id;
  await step("a sealed sale is announced under two keys", async () => {
    const holders = [{ account: (await session(host)).account.id, name: "市场操作员", public_key: keys[0].public_key },
      { account: (await session(supervisor)).account.id, name: "监督员", public_key: keys[1].public_key }];
    id = await announce(host, { title: "发酵菌种独占许可", place: "450100", seller, preset: "sealed_second", key_holders: holders,
      parameters: { start: "100000", opening: "by_keys", reserve: "120000", reserve_secret: "yes", deposit: "20000", open: soon(4), close: soon(30) }, bidders: seats });
    for (const page of Object.values(pages)) await page.goto(`/auctions/${id}`);
  });
  await step("three envelopes, which nobody reads", async () => {
    const amounts = { anna: "151234.56", ben: "162345.67", cai: "143456.78" };
    for (const [name, amount] of Object.entries(amounts)) {
      await until(pages[name], "the opening", () => pages[name].locator("#pad").isVisible(), 20);
      await pages[name].fill("#amount", amount);
      await pages[name].locator("button[name=own]").click();
      await pages[name].locator("#receipt").waitFor();
    }
    for (const page of [host, pages.anna, supervisor]) {
      for (const path of [`/api/auctions/${id}`, `/auctions/${id}/record.json`, `/api/auctions/${id}/events`, `/api/auctions/${id}/console`]) {
        const { body } = await api(page, "GET", path);
        check(`no amount in ${path}`, !Object.values(amounts).some((amount) => JSON.stringify(body).includes(amount)));
      }
    }
    await picture(pages.anna, "auction-sealed");
  });
  await step("after the close both holders open, and the second price counts", async () => {
    const early = await api(host, "POST", `/api/auctions/${id}/key`, { secret_key: keys[0].secret_key });
    check("no key before the close", early.status === 409 && early.body.code === "key_not_needed_yet", JSON.stringify(early.body));
    await until(pages.anna, "the close", async () => (await text(pages.anna, "#phase")).includes("开启"), 60);
    for (const [page, key] of [[host, keys[0]], [supervisor, keys[1]]]) {
      await open(page, `/desk/auctions/${id}`);
      await page.setInputFiles("#key-file", { name: "key.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(key)) });
      await page.locator("#give-key").click();
      await page.locator("#key-given").waitFor();
    }
    await settled(supervisor);
    await picture(supervisor, "auction-console");
    await until(pages.ben, "the result", async () => (await text(pages.ben, "#place")).includes("151,234.56"), 20);
    const record = await (await pages.ben.request.get(`/auctions/${id}/record.json`)).json();
    check("the reserve is opened", record.reserve_opening?.amount === "120000.00");
    check("the keys are published for checking", record.keys.every((key) => key.secret_key));
  });
}
