// Recomputes the public record of a sale: the hash chain from the rules to the head, the openings of sealed bids against their
// commitments, a secret reserve against its hash, every bid against the rules, the moved ends, and the winner with the price.
// It asks nobody; with ?record=ADDRESS it fetches that one file first. The same file runs in Node: node replay.js record.json…
(() => {
  "use strict";
  const encoder = new TextEncoder();

  /** One text per value: keys sorted, no space, as the server hashes it. Numbers in a record are whole. */
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value && typeof value === "object") return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
    return JSON.stringify(value);
  }

  // SHA-256 here and not from the browser: a page opened from a file has no crypto.subtle everywhere.
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1) if (primes.every((prime) => number % prime)) primes.push(number);
  const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  const K = primes.map((prime) => fraction(Math.cbrt(prime)));
  const H0 = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  function sha256(bytes) {
    const length = bytes.length;
    const padded = new Uint8Array(((length + 9 + 63) >> 6) << 6);
    padded.set(bytes);
    padded[length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(padded.length - 4, (length << 3) >>> 0);
    const h = [...H0];
    const w = new Int32Array(64);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let block = 0; block < padded.length; block += 64) {
      for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block + 4 * i);
      for (let i = 16; i < 64; i += 1) {
        const a = w[i - 15], b = w[i - 2];
        w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
      }
      let [a, b, c, d, e, f, g, hh] = h;
      for (let i = 0; i < 64; i += 1) {
        const t1 = (hh + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        hh = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, hh].forEach((value, i) => { h[i] = (h[i] + value) | 0; });
    }
    const out = new Uint8Array(32);
    h.forEach((value, i) => new DataView(out.buffer).setInt32(4 * i, value));
    return out;
  }
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const hashText = (text) => hex(sha256(encoder.encode(text)));
  function bigEndian(value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
    return bytes;
  }
  function joined(...parts) {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { bytes.set(part, at); at += part.length; }
    return bytes;
  }

  class Fault extends Error {
    constructor(code, seq, words) {
      super(words);
      Object.assign(this, { code, seq });
    }
  }
  /** Whole minor units as BigInt: money is never a floating number. */
  function minor(text) {
    if (!/^\d+(\.\d{1,2})?$/.test(text ?? "")) throw new Fault("amount_malformed", 0, String(text));
    const [whole, cents = ""] = text.split(".");
    return BigInt(whole) * 100n + BigInt(cents.padEnd(2, "0"));
  }
  const micros = (iso) => {
    const [, second, part = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(iso);
    return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt(part.padEnd(6, "0").slice(0, 6) || 0);
  };
  const length = (text) => BigInt(/^(\d+)us$/.exec(text ?? "0us")?.[1] ?? 0);

  function checkChain(record) {
    if (record.version !== "guiqiao-auction-1") throw new Fault("record_malformed", 0, "no record of a kind known here");
    if (hashText(canonical({ ...record.rules, type: record.type })) !== record.terms_hash) throw new Fault("record_rules_changed", 0, "the rules do not fit their hash");
    let head = sha256(encoder.encode(`gxtx-auction-v1${record.rules.procedure}${record.terms_hash}`));
    const places = new Map(record.events.map((event, index) => [event.seq, index]));
    record.events.forEach((event, index) => {
      const due = index + 1;
      if (event.seq !== due) {
        throw places.has(due) ? new Fault("record_event_reordered", due, "stands at another place") : new Fault("record_event_missing", due, "is not in the record");
      }
      head = sha256(joined(head, bigEndian(event.seq), bigEndian(event.stamp), encoder.encode(event.type + canonical(event.payload))));
      if (hex(head) !== event.hash) throw new Fault("record_event_changed", event.seq, "does not fit its hash");
    });
    if (hex(head) !== record.head) throw new Fault("record_truncated", record.events.length + 1, "the head belongs to a longer or another record");
  }

  function checkReserve(record) {
    const rules = record.rules;
    if (!rules.reserve_commitment) return rules.reserve ? minor(rules.reserve) : null;
    if (!record.reserve_opening) return null;
    const { amount, salt } = record.reserve_opening;
    if (hashText(`reserve|${salt}|${amount}`) !== rules.reserve_commitment) throw new Fault("record_reserve_changed", 0, "the reserve does not fit what was committed to");
    return minor(amount);
  }

  /** Amount of every bid, sealed ones by their openings, which must fit the commitments. */
  function readBids(record) {
    const openings = new Map();
    for (const event of record.events) if (event.type === "opened") for (const bid of event.payload.bids) openings.set(bid.seq, bid);
    const bids = new Map();
    for (const event of record.events) {
      if (!["bid", "accept", "match"].includes(event.type)) continue;
      const { bidder, commitment, amount, units = 1 } = event.payload;
      if (!commitment) { bids.set(event.seq, { bidder, amount: minor(amount), units, event }); continue; }
      const opening = openings.get(event.seq);
      if (!opening) { bids.set(event.seq, { bidder, amount: null, units, event }); continue; }
      const made = hashText(`${opening.salt}|${opening.amount}|${opening.units ?? 1}|${opening.bidder}`);
      if (made !== commitment || opening.bidder !== bidder) throw new Fault("commitment_mismatch", event.seq, "the opening does not fit the commitment");
      bids.set(event.seq, { bidder, amount: minor(opening.amount), units: opening.units ?? 1, event });
    }
    return bids;
  }

  /** Open ascending bids: each at least a step above the best, in time, and the end moved as the rules say. */
  function checkAscending(record, bids) {
    const rules = record.rules;
    const step = minor(rules.step ?? "0");
    const cycle = rules.form === "cycle";
    const window = length(rules.window), extend = length(rules.extend), turn = length(rules.cycle);
    let best = null, pausedSince = null;
    const halts = new Set();
    let freeEnd = cycle ? micros(rules.free_end ?? rules.close) : null;
    let end = cycle ? freeEnd + turn : micros(rules.close);
    let hardStop = rules.hard_stop ? micros(rules.hard_stop) : null;
    let phaseOver = false;
    /** Where the end lies after an accepted act: a bid or a holder's match. */
    const extended = (at) => {
      let wanted = end;
      if (cycle) { if (at >= freeEnd && at + turn > end) wanted = at + turn; } else if (end - at <= window && at + extend > end) wanted = at + extend;
      if (hardStop !== null && wanted > hardStop) wanted = end > hardStop ? end : hardStop;
      return wanted;
    };
    for (const event of record.events) {
      const at = BigInt(event.stamp);
      if (event.type === "outage_begins" || event.type === "suspend") { pausedSince ??= at; halts.add(event.type); }
      if (event.type === "outage_ends" || event.type === "resume") {
        halts.delete(event.type === "resume" ? "suspend" : "outage_begins");
        const moved = event.payload.close ? micros(event.payload.close) : end;
        if (moved < end) throw new Fault("record_event_changed", event.seq, "an end moved earlier");
        if (!phaseOver) {
          // The free period and the hard stop lose no time either.
          if (cycle && pausedSince !== null && freeEnd > pausedSince) freeEnd += moved - end;
          if (hardStop !== null) hardStop += moved - end;
          end = moved;
        }
        // Of an outage within a suspension the longer halt counts, once.
        if (halts.size === 0) pausedSince = null;
      }
      if (["final_sealed", "closed", "failed", "priority_window"].includes(event.type)) phaseOver = true;
      if (event.type !== "bid" || phaseOver || event.payload.commitment) {
        if (event.type === "match" && !phaseOver) {
          if (at >= end) throw new Fault("record_event_changed", event.seq, "a match at or after the close");
          if (bids.get(event.seq).amount !== best) throw new Fault("record_event_changed", event.seq, "a match at another price than the best");
          end = extended(at);
        }
        continue;
      }
      const { amount } = bids.get(event.seq);
      if (at >= end) throw new Fault("record_event_changed", event.seq, "a bid at or after the close");
      if (at < micros(rules.open)) throw new Fault("record_event_changed", event.seq, "a bid before the opening");
      const least = best === null ? minor(rules.start ?? "0") : best + (step > 0n ? step : 1n);
      if (amount < least) throw new Fault("record_event_changed", event.seq, "a bid below the least valid amount");
      if (rules.step_multiple === "yes" && step > 0n && (amount - (best ?? minor(rules.start ?? "0"))) % step !== 0n) throw new Fault("record_event_changed", event.seq, "no whole multiple of the step");
      best = amount;
      end = extended(at);
      if (micros(event.payload.close) !== end) throw new Fault("record_event_changed", event.seq, "the end does not follow from the bid");
    }
  }

  /** Who won and at what price, where the rules leave no choice; null where lots, priority or a default decided (their events are in the chain). */
  function winners(record, bids, reserve) {
    const rules = record.rules;
    const kinds = new Set(record.events.map((event) => event.type));
    if (["match", "lots", "priority_window", "default", "annul", "withdraw_sale", "final_sealed", "suspend_bidder", "taker_sealed"].some((kind) => kinds.has(kind))) return null;
    if (rules.pricing === "posted") return null;
    const quality = {};
    for (const event of record.events) if (event.type === "quality") Object.assign(quality, event.payload);
    const last = new Map();
    for (const [seq, bid] of bids) {
      if (bid.amount === null) return null;
      const earlier = last.get(bid.bidder);
      // The same amount again keeps its place in time.
      if (earlier && earlier.amount === bid.amount && earlier.units === bid.units) continue;
      last.set(bid.bidder, { ...bid, seq });
    }
    const least = reserve !== null && reserve > minor(rules.start ?? "0") ? reserve : minor(rules.start ?? "0");
    const points = (bid) => minor(quality[bid.bidder] ?? "0");
    const reference = rules.reference ? minor(rules.reference) : 1n;
    const score = (bid) => minor(rules.price_weight ?? "0") * bid.amount * 10000n + minor(rules.quality_weight ?? "0") * points(bid) * reference;
    let ranking = [...last.values()].filter((bid) => reserve === null || bid.amount >= reserve);
    if (record.type === "scored" && rules.pass_mark) ranking = ranking.filter((bid) => points(bid) >= minor(rules.pass_mark));
    const order = (a, b) => (a === b ? 0 : a > b ? -1 : 1);
    ranking.sort((a, b) => (record.type === "scored" ? order(score(a), score(b)) || order(points(a), points(b)) : 0) || order(a.amount, b.amount) || a.seq - b.seq);
    if (!ranking.length || last.size < Number(rules.min_bidders ?? 1)) return [];
    if (record.type === "multi_unit") {
      let left = Number(rules.units ?? 1);
      const won = [];
      let margin = null;
      for (const bid of ranking) {
        const got = Math.min(left, bid.units);
        if (got > 0) won.push({ bidder: bid.bidder, amount: bid.amount, units: got });
        if (got < bid.units && margin === null) margin = bid.amount;
        left -= got;
      }
      const uniform = margin !== null && margin > least ? margin : least;
      return won.map((bid) => ({ bidder: bid.bidder, price: rules.pricing === "pay_as_bid" ? bid.amount : uniform, units: bid.units }));
    }
    const price = record.type === "sealed_second" ? (ranking.length > 1 && ranking[1].amount > least ? ranking[1].amount : least) : ranking[0].amount;
    return [{ bidder: ranking[0].bidder, price, units: 1 }];
  }

  function check(record) {
    checkChain(record);
    const reserve = checkReserve(record);
    const bids = readBids(record);
    const sealed = [...bids.values()].filter((bid) => bid.amount === null).length;
    if (record.type === "english") checkAscending(record, bids);
    const notes = [];
    if (sealed) notes.push(`sealed bids not opened yet: ${sealed}`);
    const over = ["closed", "failed"].includes(record.result.phase);
    const expected = over && !sealed ? winners(record, bids, reserve) : null;
    if (expected) {
      const got = record.result.winners.map((winner) => `${winner.bidder} ${minor(winner.price)} ${winner.units}`).join(";");
      const wanted = expected.map((winner) => `${winner.bidder} ${winner.price} ${winner.units}`).join(";");
      if (got !== wanted) throw new Fault("record_result_changed", record.events.length, `the result does not follow: ${got || "nobody"} instead of ${wanted || "nobody"}`);
    } else if (over) {
      notes.push("lots, priority, a default or a decision shaped the end: see their events in the chain; `guiqiao auction-replay` recomputes them too");
      const final = [...record.events].reverse().find((event) => event.type === "closed");
      if (final && record.result.phase === "closed" && canonical(final.payload.winners.map((winner) => [winner.bidder, winner.price])) !== canonical(record.result.winners.map((winner) => [winner.bidder, winner.price]))) {
        throw new Fault("record_result_changed", final.seq, "the result is not that of the last event");
      }
    }
    return { bids, notes };
  }

  const words = {
    record_malformed: "不是本平台的竞价记录", record_rules_changed: "规则与其哈希不符", record_event_missing: "缺少事件", record_event_reordered: "事件次序被改动",
    record_event_changed: "事件被改动", record_truncated: "记录被截断，或链头属于另一份记录", record_result_changed: "结果与事件不符",
    record_reserve_changed: "保留价与承诺不符", commitment_mismatch: "密封报价与承诺不符", amount_malformed: "金额无法读取",
  };

  if (typeof document === "undefined") {
    import("node:fs").then(({ readFileSync }) => {
      for (const file of process.argv.slice(2)) {
        try {
          const { notes } = check(JSON.parse(readFileSync(file, "utf8")));
          console.log([`${file}: the record holds`, ...notes].join("; "));
        } catch (fault) {
          console.log(`${file}: ${fault.code ?? "record_malformed"} ${fault.seq ?? 0}: ${fault.message}`);
          process.exitCode = 1;
        }
      }
    });
    return;
  }

  const by = (name) => document.getElementById(name);
  function show(record, bids) {
    by("result").hidden = false;
    by("outcome").textContent = JSON.stringify({ phase: record.result.phase, reason: record.result.reason, winners: record.result.winners }, null, 1);
    by("events").replaceChildren(...record.events.map((event) => {
      const line = document.createElement("tr");
      const bid = bids.get(event.seq);
      const amount = bid ? (bid.amount === null ? "—" : `${bid.amount / 100n}.${String(bid.amount % 100n).padStart(2, "0")}`) : "";
      [event.seq, new Date(event.stamp / 1000).toISOString().replace("T", " ").slice(0, 23), event.type, event.payload.bidder ?? "", amount, event.hash.slice(0, 16)].forEach((text, index) => {
        const cell = document.createElement("td");
        cell.textContent = text;
        if (index === 4) cell.className = "number";
        line.append(cell);
      });
      return line;
    }));
    const slider = by("step");
    slider.max = record.events.length;
    slider.value = record.events.length;
    const stand = () => {
      const upto = record.events.slice(0, Number(slider.value));
      [...by("events").children].forEach((line, index) => { line.hidden = index >= upto.length; });
      const lead = [...upto].reverse().find((event) => event.payload.lead);
      by("standing").textContent = lead ? `${lead.payload.lead} · ${lead.payload.amount}` : "";
    };
    slider.oninput = stand;
    stand();
  }
  function judge(text) {
    by("findings").replaceChildren();
    by("result").hidden = true;
    const verdict = by("verdict");
    try {
      const record = JSON.parse(text);
      const { bids, notes } = check(record);
      verdict.textContent = `✓ 记录成立：${record.events.length} 个事件的哈希链、规则和结果都对得上。 The record holds: chain, rules and result of ${record.events.length} events agree.`;
      verdict.className = "lead good";
      for (const note of notes) { const item = document.createElement("li"); item.textContent = note; by("findings").append(item); }
      show(record, bids);
    } catch (fault) {
      const where = fault.seq ? ` · #${fault.seq}` : "";
      verdict.textContent = `✗ ${words[fault.code] ?? "记录无法读取"}${where} (${fault.code ?? "record_malformed"}: ${fault.message})`;
      verdict.className = "lead bad";
    }
  }
  by("file").addEventListener("change", async (event) => { if (event.target.files[0]) judge(await event.target.files[0].text()); });
  const address = new URLSearchParams(location.search).get("record");
  // Only a path of this very site: the page fetches nothing from elsewhere.
  if (address && /^\/(?!\/)[\w/.-]+$/.test(address)) fetch(address).then((answer) => answer.text()).then(judge, () => judge(""));
})();
