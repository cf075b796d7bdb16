// Public pages work without this file. It only keeps countdowns moving, by the server's clock.
(() => {
  const skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const lang = document.documentElement.lang || "zh-CN";
  const parts = lang.startsWith("zh") ? [["天", 86400], ["小时", 3600], ["分", 60], ["秒", 1]] : [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const show = (seconds) => {
    if (seconds <= 0) return null;
    const words = [];
    for (const [unit, size] of parts) {
      const count = Math.floor(seconds / size);
      if (count > 0 || words.length) words.push(lang.startsWith("zh") ? `${count}${unit}` : `${count} ${unit}`);
      seconds -= count * size;
      if (words.length === 2) break;
    }
    return words.join(" ");
  };
  const marks = [...document.querySelectorAll("[data-until]")].map((node) => ({ node, until: Date.parse(node.dataset.until) }));
  const tick = () => {
    for (const mark of marks) {
      const text = show((mark.until - (Date.now() + skew)) / 1000);
      if (text) mark.node.textContent = text;
    }
  };
  if (marks.length) { tick(); setInterval(tick, 1000); }
})();
