// The live room. Everything it shows comes from the server: prices, ends and the time itself; this file only keeps the page in step
// with the stream of events and sends bids without leaving the page. Without it the page works by reload.
(() => {
  const room = document.getElementById("room");
  if (!room) return;
  const texts = JSON.parse(room.dataset.texts);
  const id = room.dataset.id;
  const alias = room.dataset.alias;
  let sale = JSON.parse(room.dataset.state);
  let skew = Date.parse(sale.server_time) - Date.now();
  const history = JSON.parse(room.dataset.history);
  const seen = new Set(history.map((event) => event.seq));
  const by = (name) => document.getElementById(name);
  const zh = document.documentElement.lang.startsWith("zh");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const setting = (name, fallback) => localStorage.getItem(`auction.${name}`) ?? fallback;

  function money(text) {
    if (!text) return "–";
    const [whole, cents = "00"] = text.split(".");
    const grouped = `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents}`;
    return sale.currency === "CNY" ? fill(texts.yuan, { amount: grouped }) : `${grouped} ${sale.currency}`;
  }
  function clockText(seconds) {
    const units = zh ? ["天", "小时", "分", "秒"] : [" d", " h", " min", " s"];
    const parts = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
    const first = parts.findIndex((part) => part > 0);
    const from = first < 0 ? 3 : first;
    return parts.slice(from, from + 2).map((part, index) => `${part}${units[from + index]}`).join(" ");
  }
  const timeOf = (iso) => new Date(iso).toLocaleTimeString(zh ? "zh-CN" : "en-GB", { timeZone: "Asia/Shanghai", hour12: false });
  const now = () => Date.now() + skew;
  const isOver = () => sale.phase === "closed" || sale.phase === "failed";

  // ---- signals, all of which can be switched off
  const title = document.title;
  let audio = null;
  function beep(frequency) {
    if (!by("sound").checked) return;
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.25);
  }
  function signal(words, frequency) {
    beep(frequency);
    if (by("title-signal").checked && document.hidden) document.title = `● ${words} · ${title}`;
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = title; });
  by("signals").hidden = false;
  by("sound").checked = setting("sound", "off") === "on";
  by("title-signal").checked = setting("title", "on") === "on";
  by("sound").addEventListener("change", (event) => localStorage.setItem("auction.sound", event.target.checked ? "on" : "off"));
  by("title-signal").addEventListener("change", (event) => localStorage.setItem("auction.title", event.target.checked ? "on" : "off"));

  // ---- what is shown
  function target() {
    if (sale.phase === "announced" || now() < Date.parse(sale.open)) return [Date.parse(sale.open), texts.left_to_open];
    if (sale.standing?.next_at && !sale.pause) return [Date.parse(sale.standing.next_at), texts.left_to_step];
    return sale.close && !sale.pause ? [Date.parse(sale.close), texts.left_to_close] : [null, ""];
  }
  function tick() {
    const [until, label] = target();
    const left = until === null ? null : (until - now()) / 1000;
    by("left-label").textContent = label;
    by("left").textContent = left === null ? (sale.pause ? texts[sale.pause] : "") : left > 0 ? clockText(left) : texts.waiting;
    room.querySelector(".price").classList.toggle("ending", left !== null && left < 60 && !isOver());
    if (left !== null && left <= 0 && !isOver()) refreshSoon();
  }
  function showPlace() {
    if (!alias || !by("place")) return;
    const leads = sale.lead === alias;
    const has = history.some((event) => event.payload?.bidder === alias);
    const place = by("place");
    place.className = `place ${leads ? "leads" : has && !sale.sealed ? "behind" : ""}`;
    const won = sale.winners?.find((winner) => winner.alias === alias);
    place.textContent = won ? fill(texts.won, { price: money(won.price) })
      : isOver() ? texts.not_won : sale.sealed ? (has ? texts.sealed_taken : texts.no_bid) : leads ? texts.leads : has ? texts.behind : texts.no_bid;
    const open = sale.phase !== "announced" && now() >= Date.parse(sale.open) && !isOver() && !sale.pause && sale.phase !== "awaiting_opening" && sale.phase !== "awaiting_quality";
    by("pad").hidden = !open || (leads && !sale.sealed && sale.phase === "bidding");
    const amounts = by("amounts");
    const wanted = sale.standing ? [sale.standing.price] : sale.posted ? [sale.start] : sale.next ?? [];
    if (amounts.dataset.shown === wanted.join()) return;
    amounts.dataset.shown = wanted.join();
    amounts.replaceChildren(...wanted.map((value, index) => {
      const button = document.createElement("button");
      button.name = "amount";
      button.value = value;
      if (index > 0) button.className = "quiet";
      button.textContent = money(value);
      return button;
    }));
  }
  function show() {
    const price = sale.standing?.price ?? (isOver() ? sale.winners?.[0]?.price : null) ?? sale.best ?? sale.start;
    by("price").textContent = sale.sealed && !sale.best && !isOver() ? texts.sealed : money(price);
    by("price-label").textContent = isOver() && sale.winners?.length ? texts.price_final : sale.standing ? texts.price_standing : sale.best ? texts.price_best : sale.sealed ? texts.price_sealed : texts.price_start;
    by("leader").textContent = sale.lead ? fill(sale.lead === alias ? texts.leader_you : texts.leader, { alias: sale.lead }) : "";
    by("phase").textContent = texts[`phase_${sale.phase}`] ?? sale.phase;
    by("phase").className = `tag ${isOver() ? (sale.phase === "closed" ? "good" : "bad") : sale.pause ? "warn" : "live"}`;
    by("until").textContent = sale.close ? fill(texts.ends_at, { time: timeOf(sale.close) }) : "";
    by("head").textContent = sale.head;
    showPlace();
    tick();
  }
  function row(event) {
    const line = document.createElement("tr");
    const cells = [timeOf(event.at), texts[`event_${event.type}`] ?? event.type, event.payload?.bidder ?? event.payload?.taker ?? "",
      event.payload?.amount ? money(event.payload.amount) : event.payload?.commitment ? texts.sealed : ""];
    cells.forEach((text, index) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      if (index === 3) cell.className = "number";
      line.append(cell);
    });
    return line;
  }
  function chart() {
    const points = history.filter((event) => event.payload?.amount && ["bid", "match", "accept"].includes(event.type))
      .map((event) => ({ at: Date.parse(event.at), amount: Number(event.payload.amount), text: event.payload.amount }));
    const svg = by("chart");
    svg.toggleAttribute("hidden", points.length < 2);
    if (points.length < 2) return;
    const [left, right, top, bottom] = [10, 590, 24, 150];
    const begin = points[0].at;
    const end = Math.max(points.at(-1).at, begin + 1000);
    const high = Math.max(...points.map((point) => point.amount));
    const x = (at) => left + (right - left) * (at - begin) / (end - begin);
    const y = (amount) => bottom - (bottom - top) * amount / high;
    let path = `M${x(begin)} ${y(points[0].amount)}`;
    for (const point of points.slice(1)) path += `H${x(point.at)}V${y(point.amount)}`;
    const make = (name, attributes, text = "") => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      node.textContent = text;
      return node;
    };
    svg.replaceChildren(make("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }), make("path", { class: "steps", d: path }),
      ...points.map((point) => make("circle", { cx: x(point.at), cy: y(point.amount), r: 3 })),
      make("text", { x: right, y: y(points.at(-1).amount) - 8, "text-anchor": "end" }, money(points.at(-1).text)),
      make("text", { x: left, y: y(points[0].amount) - 8 }, money(points[0].text)),
      make("text", { x: left, y: bottom + 18 }, timeOf(new Date(begin).toISOString())),
      make("text", { x: right, y: bottom + 18, "text-anchor": "end" }, timeOf(new Date(end).toISOString())));
  }
  function addEvent(event) {
    if (seen.has(event.seq)) return;
    seen.add(event.seq);
    history.push(event);
    by("history").prepend(row(event));
    by("no-history").hidden = true;
    if (event.type === "bid" && alias && event.payload.bidder !== alias && sale.lead === alias) signal(texts.behind, 880);
    else if (["bid", "accept", "match"].includes(event.type)) beep(520);
    if (event.type === "closed" || event.type === "failed") signal(texts.over, 660);
  }

  // ---- keeping in step
  let refreshing = false;
  async function refresh() {
    const answer = await fetch(`/api/auctions/${id}`, { cache: "no-store" });
    if (!answer.ok) return;
    take(await answer.json());
    const last = history.length ? Math.max(...seen) : 0;
    if (last >= sale.seq) return;
    const missed = await fetch(`/api/auctions/${id}/events?limit=500&after=${last}`, { cache: "no-store" });
    if (missed.ok) for (const event of (await missed.json()).items) addEvent(event);
    chart();
    show();
  }
  function refreshSoon() {
    if (refreshing) return;
    refreshing = true;
    setTimeout(() => refresh().catch(() => {}).finally(() => { refreshing = false; }), 700);
  }
  function take(next) {
    if (next.seq < sale.seq) return;
    sale = next;
    skew = Date.parse(sale.server_time) - Date.now();
    show();
  }
  function listen() {
    const stream = new EventSource(`/api/auctions/${id}/stream`);
    stream.addEventListener("event", (message) => {
      const event = JSON.parse(message.data);
      addEvent(event);
      if (event.sale) take(event.sale);
      chart();
    });
    stream.addEventListener("reset", () => refresh().catch(() => {}));
    stream.onopen = () => { by("line").textContent = texts.line_on; refresh().catch(() => {}); };
    stream.onerror = () => {
      by("line").textContent = texts.line_off;
      // The browser tries again by itself unless the server has ended the stream for good.
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
  }

  // ---- bidding without leaving the page; each form opened has one key, so a retry counts once
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let key = newKey();
  let pending = null;
  async function send(body) {
    const fault = by("fault");
    fault.hidden = true;
    const text = JSON.stringify(body);
    if (pending && pending.text !== text) key = newKey();
    pending = { text };
    for (let attempt = 0; attempt < 4; attempt += 1) {
      let answer;
      try {
        answer = await fetch(`/api/auctions/${id}/bids`, { method: "POST", body: text,
          headers: { "Content-Type": "application/json", "X-CSRF-Token": room.dataset.csrf, "Idempotency-Key": key } });
      } catch {
        by("line").textContent = texts.line_off;
        await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
        continue;
      }
      const said = await answer.json();
      if (answer.status === 503 && attempt < 3) {
        await new Promise((done) => setTimeout(done, 1000));
        continue;
      }
      key = newKey();
      pending = null;
      if (answer.ok) {
        const receipt = by("receipt");
        receipt.hidden = false;
        receipt.textContent = fill(texts.receipt, { seq: said.seq, time: timeOf(said.stamp), hash: (said.receipt?.hash ?? "").slice(0, 16) });
        if (said.salt) receipt.textContent += ` ${fill(texts.receipt_salt, { salt: said.salt })}`;
        refresh().catch(() => {});
      } else {
        fault.hidden = false;
        fault.textContent = said.title ?? said.code;
        if (said.code === "jump_too_large") by("confirm-large")?.focus();
        refresh().catch(() => {});
      }
      return;
    }
    by("fault").hidden = false;
    by("fault").textContent = texts.no_answer;
  }
  by("pad")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target, event.submitter);
    const amount = form.get("own") || !form.get("amount") ? String(form.get("typed") ?? "").trim() : form.get("amount");
    const body = { amount };
    if (sale.standing) Object.assign(body, { action: "accept", step_seen: sale.standing.step });
    else if (sale.posted) body.action = "accept";
    if (form.get("confirm_large")) body.confirm_large = true;
    send(body);
  });

  show();
  chart();
  setInterval(tick, 250);
  // A price clock falls by itself: nothing happens on the stream between two steps.
  setInterval(() => { if (sale.standing && !isOver() && now() >= Date.parse(sale.standing.next_at ?? 0)) refreshSoon(); }, 500);
  listen();
})();
