// Hands for the workbench: fill a form field, take a step of a process, wait for what follows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, settled } from "./site.mjs";

/** The Chinese title of a step as the region's process file names it. */
export function stepTitle(process, code) {
  const text = readFileSync(join(root, "regions/guangxi/processes", `${process}.yaml`), "utf8");
  const steps = text.slice(text.indexOf("\ntransitions:"));
  const found = steps.match(new RegExp(`\\n  ${code}:\\n    title: \\{zh: ([^,}]+)`));
  if (!found) throw new Error(`${process}.yaml has no step ${code}`);
  return found[1].replace(/^"|"$/g, "");
}

export async function write(page, name, text) {
  await page.fill(`#input-${name}`, text);
}

async function pick(page, box, label) {
  await box.locator(".el-select__wrapper").first().click();
  const option = page.locator(".el-select-dropdown:visible .el-select-dropdown__item", { hasText: label }).first();
  await option.click();
}

/** Chooses options of a choice or of choices by their labels. */
export async function choose(page, name, ...labels) {
  const box = page.locator(`#field-${name}`);
  await pick(page, box, labels[0]);
  for (const label of labels.slice(1)) await page.locator(".el-select-dropdown:visible .el-select-dropdown__item", { hasText: label }).first().click();
  await page.keyboard.press("Escape");
}

/** A cell of a table in a form. */
export async function cell(page, table, row, column, value, isChoice) {
  const id = `#${table}-${row}-${column}`;
  if (!isChoice) return page.fill(id, value);
  return pick(page, page.locator(`#field-${table} .cell`, { has: page.locator(`label[for="${table}-${row}-${column}"]`) }), value);
}

export async function addRow(page, table) {
  await page.locator(`#field-${table} .rows > .el-button`).last().click();
}

/** Words typed one by one. */
export async function words(page, name, ...texts) {
  const input = page.locator(`#field-${name} input`).first();
  for (const text of texts) {
    await input.fill(text);
    await input.press("Enter");
  }
  await page.keyboard.press("Escape");
}

export async function saved(page) {
  await page.waitForFunction(() => /已保存/.test(document.querySelector(".editor .bar [role=status]")?.textContent ?? ""), null, { timeout: 15000 });
}

/** Presses the button of a step, in the head of a record or behind "更多", and answers its dialog. */
export async function takeStep(page, title, answer = {}) {
  const scope = answer.scope ?? "main";
  const direct = page.locator(`${scope} button:visible, ${scope} .el-button:visible`).filter({ hasText: new RegExp(`^\\s*${title}\\s*$`) }).first();
  const more = page.locator(`${scope} button:visible`, { hasText: "更多" });
  await direct.or(more).first().waitFor();
  if (await direct.count()) await direct.click();
  else {
    await more.first().click();
    await page.locator(".el-dropdown-menu__item:visible").filter({ hasText: title }).first().click();
  }
  if (answer.reason || answer.text || answer.dialog) {
    const dialog = page.locator(".el-dialog:visible");
    await dialog.waitFor();
    if (answer.reason) await dialog.locator("label", { hasText: answer.reason }).first().click();
    if (answer.text) await dialog.locator("textarea").first().fill(answer.text);
    await dialog.locator("button[type=submit]").click();
    await dialog.waitFor({ state: "hidden" });
  }
  await settled(page);
}

/** Waits for the state that a record shows. */
export async function showsState(page, title) {
  await page.locator("main .marks", { hasText: title }).first().waitFor();
}
