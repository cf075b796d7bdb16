// Runs the journeys against the site at GUIQIAO_SITE, then the empty one at GUIQIAO_EMPTY_SITE.
//   node run.mjs              all            node run.mjs thread listings auctions pages desk empty      only these
import { launch, report } from "./site.mjs";
import { thread } from "./thread.mjs";
import { auctions } from "./auctions.mjs";
import { emptySite, publicPages } from "./pages.mjs";
import { deskPages } from "./desk_pages.mjs";
import { listings } from "./listings.mjs";

const wanted = process.argv.slice(2);
const is = (name) => wanted.length === 0 || wanted.includes(name);
const browser = await launch();
const begin = Date.now();
const time = () => `${((Date.now() - begin) / 1000).toFixed(0)} s`;
try {
  // The thread comes first: the pages then show a room, terms, a notice and an objection.
  if (is("thread")) await thread(browser);
  if (is("listings")) {
    console.log(`     listings (${time()})`);
    await listings(browser);
  }
  if (is("auctions")) {
    console.log(`     online bidding (${time()})`);
    await auctions(browser);
  }
  if (is("pages")) {
    console.log(`     public pages (${time()})`);
    await publicPages(browser);
  }
  if (is("desk")) {
    console.log(`     workbench (${time()})`);
    await deskPages(browser);
  }
  if (is("empty")) {
    console.log(`     empty site (${time()})`);
    await emptySite(browser, process.env.GUIQIAO_EMPTY_SITE);
  }
} catch (error) {
  report.failed += 1;
  console.log(`FAIL the journeys broke off: ${error.stack ?? error}`);
} finally {
  await browser.close();
}
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed === 0 && report.passed > 0 ? 0 : 1;
