// How moments, days, amounts and sizes are shown. Times are those of Guangxi wherever the reader is.
import { language } from "./i18n";

const zone = "Asia/Shanghai";
const DAY_MS = 86_400_000;

function partsOf(moment: Date): Record<string, string> {
  const formatter = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  return Object.fromEntries(formatter.formatToParts(moment).map((part) => [part.type, part.value]));
}

function dayOf(moment: Date): string {
  const { year, month, day } = partsOf(moment);
  if (language.value.startsWith("zh")) return `${year}年${month}月${day}日`;
  return new Intl.DateTimeFormat(language.value, { timeZone: zone, day: "numeric", month: "short", year: "numeric" }).format(moment);
}

/** 2026年11月24日 15:30 */
export function momentText(iso: string | null | undefined): string {
  if (!iso) return "";
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const { hour, minute } = partsOf(moment);
  return `${dayOf(moment)} ${hour}:${minute}`;
}

/** 2026年11月24日, from a moment or from "2026-11-24". */
export function dayText(iso: string | null | undefined): string {
  if (!iso) return "";
  const moment = new Date(/^\d{4}-\d{2}-\d{2}$/.test(iso) ? `${iso}T12:00:00+08:00` : iso);
  return Number.isNaN(moment.getTime()) ? iso : dayOf(moment);
}

/** 1050000.00 → 1,050,000.00 */
export function grouped(amount: string | undefined | null): string {
  if (!amount) return "";
  const [whole, fraction] = amount.split(".");
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (fraction ? `.${fraction}` : "");
}

/** Calendar days from today to that moment, in Guangxi; negative when it is past. */
export function daysUntil(iso: string, now: Date = new Date()): number {
  const dayNumber = (moment: Date): number => Math.floor((moment.getTime() + 8 * 3_600_000) / DAY_MS);
  return dayNumber(new Date(iso)) - dayNumber(now);
}

export function bytesText(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1 << 20) return `${Math.round(size / 1024)} KB`;
  return `${(size / (1 << 20)).toFixed(1)} MB`;
}
