// A listing in real browsers: drafted by a university, reviewed and published by the market operator, a company registers, asks and pays its
// deposit by the bank's file, a visitor sees it on a phone. What takes working days is walked by tests/trade/listing_*.case.
import { accessible, api, check, demand, narrow, open, person, picture, settled, signIn, step, tidy, wide, StoryEnd } from "./site.mjs";

/** Chooses in a list by words; without words the first. The chosen label lies over the input, so the box around it is clicked. */
async function pick(page, id, text) {
  await page.locator(".el-select", { has: page.locator(`#${id}`) }).click();
  await page.locator(".el-select-dropdown:visible .el-select-dropdown__item", { hasText: text }).first().click();
  await page.locator(".el-select-dropdown:visible").waitFor({ state: "hidden" });
}

/** Opens a step's dialog, fills its fields by name, sends it. */
async function take(page, title, fields = {}) {
  await page.locator("main .el-button", { hasText: title }).first().click();
  const dialog = page.locator(".el-dialog:visible");
  for (const [name, text] of Object.entries(fields)) await dialog.locator(`#f-${name}`).fill(text);
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "hidden" });
  await settled(page);
}

export async function listings(browser) {
  const people = {};
  const enter = async (name, options) => (people[name] = await person(browser, options));
  try {
    const seller = await signIn(await enter("seller"), "officer@gxu");
    const host = await signIn(await enter("host"), "operator@market");
    const buyer = await signIn(await enter("buyer"), "engineer@liuzhou");
    let id;
    await step("an achievement becomes a draft by the form", async () => {
      await open(seller, "/desk/listings/new");
      await pick(seller, "l-entry");
      await pick(seller, "l-host");
      await pick(seller, "l-set", "技术成果");
      await seller.fill("#l-price", "1200000");
      await seller.fill("#l-deposit", "120000");
      await seller.fill("#l-scope", "普通实施许可，广西境内，五年；含两年内的改进技术。");
      await seller.fill("#l-delivery", "图纸、工艺卡和两周现场培训。");
      await tidy(seller, "listing form");
      await accessible(seller, "listing form");
      await picture(seller, "desk-listing-new");
      await seller.locator("button[type=submit]").click();
      await seller.waitForURL(/\/desk\/listings\/[0-9A-Z]{26}/);
      await settled(seller);
      id = seller.url().match(/listings\/([0-9A-Z]{26})/)[1];
    });
    await step("the owner submits with the diligence steps, the operator publishes", async () => {
      await take(seller, "提交审核", { rights: "专利权归本校独有，年费已缴", decision: "校办纪要〔2026〕3号", price_basis: "资产评估报告", secrecy: "不涉密", related: "无关联关系", authorisation: "授权书〔2026〕5号" });
      await open(host, `/desk/listings/${id}`);
      await take(host, "发布公告");
      check("it is on disclosure", (await host.locator("main").innerText()).includes("公告中"));
    });
    let reference;
    await step("a company registers, asks, and is told how to pay", async () => {
      await open(buyer, `/desk/listings/${id}`);
      await take(buyer, "报名");
      const seen = await api(buyer, "GET", `/api/listings/${id}`);
      reference = seen.body.parties[0].reference;
      check("the reference is shown", (await buyer.locator("main").innerText()).includes(reference));
      await take(buyer, "提问", { text: "许可是否包含配套软件？" });
      await open(seller, `/desk/listings/${id}`);
      check("the owner sees no bidder yet", (await api(seller, "GET", `/api/listings/${id}`)).body.parties.length === 0);
      await take(seller, "答复", { text: "包含，随图纸交付。" });
    });
    await step("the bank's file makes the deposit held; what does not fit waits", async () => {
      const session = (await api(buyer, "GET", "/api/session")).body;
      const stamp = Date.now();
      const rows = `number,date,amount,payer,reference\nA${stamp},2026-11-24,120000.00,${session.organisation.name},${reference}\nB${stamp},2026-11-24,5000.00,某过客公司,货款\n`;
      await open(host, "/desk/deposits");
      await host.setInputFiles("#statement", { name: "statement.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
      await host.locator(".line").first().waitFor();
      await tidy(host, "deposits");
      await accessible(host, "deposits");
      await picture(host, "desk-deposits");
      await open(buyer, `/desk/listings/${id}`);
      const seen = await api(buyer, "GET", `/api/listings/${id}`);
      demand(seen.body.parties[0].accounts.held === "120000.00", JSON.stringify(seen.body.parties));
      demand(seen.body.room === false, "the data room is closed before the undertaking");
      await take(buyer, "确认保密条款");
      check("the data room is open", (await api(buyer, "GET", `/api/listings/${id}`)).body.room === true);
      await picture(buyer, "desk-listing-bidder");
      await open(host, `/desk/listings/${id}`);
      await tidy(host, "listing desk");
      await accessible(host, "listing desk");
      await picture(host, "desk-listing-operator");
      await host.setViewportSize(narrow);
      await tidy(host, "listing desk narrow");
      await picture(host, "desk-listing-operator-narrow");
      await host.setViewportSize(wide);
    });
    await step("anybody reads the listing and its answers, on a phone and without scripts", async () => {
      for (const language of ["zh-CN", "en"]) {
        const visitor = await (await enter(`visitor-${language}`, { language })).newPage();
        for (const [size, suffix] of [[wide, ""], [narrow, "-narrow"]]) {
          await visitor.setViewportSize(size);
          await visitor.goto(`/listings/${id}`);
          await tidy(visitor, `listing ${language}${suffix}`);
          await picture(visitor, `listing-${language}${suffix}`);
          await visitor.goto("/listings");
          await tidy(visitor, `listings ${language}${suffix}`);
          await picture(visitor, `listings-${language}${suffix}`);
        }
        await accessible(visitor, `listings ${language}`);
        await visitor.goto("/deals/verify?code=DNOTTHERE");
        await tidy(visitor, `deal check ${language}`);
        await picture(visitor, `deal-verify-${language}`);
      }
      const plain = await (await enter("plain", { scripts: false })).newPage();
      await plain.goto(`/listings/${id}`);
      const words = await plain.locator("main").innerText();
      check("answer, price and end without scripts", words.includes("随图纸交付") && words.includes("1,200,000.00") && words.includes("24:00"));
    });
  } catch (error) {
    if (!(error instanceof StoryEnd)) throw error;
    for (const [name, each] of Object.entries(people)) for (const page of each.pages()) await picture(page, `failed-listing-${name}`).catch(() => undefined);
  } finally {
    for (const each of Object.values(people)) await each.close();
  }
}
