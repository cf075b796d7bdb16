// The shape of a form as the server describes it (GET /api/forms/…), shared by the editor and its inputs.
export interface FieldOption { code: string; label: string }
export interface Field {
  name: string;
  type: string;
  label: string;
  help?: string;
  unit?: string;
  required: boolean;
  localized: boolean;
  confidential: boolean;
  length_max: number;
  minimum?: number | string;
  maximum?: number | string;
  options?: FieldOption[];
  columns?: Field[];
  section?: string;
  coach?: string;
}
export interface Section { code: string; title: string; help?: string }
export interface Form { form: string; version: number; title: string; sections: Section[]; fields: Field[] }
export type Body = Record<string, unknown>;

export function isEmpty(value: unknown): boolean {
  if (value == null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return Object.values(value as object).every(isEmpty);
  return false;
}

/** Without members that hold nothing: what is not said is absent, not empty. */
export function cleaned(body: Body): Body {
  const result: Body = {};
  for (const [name, value] of Object.entries(body)) {
    if (isEmpty(value)) continue;
    result[name] = Array.isArray(value)
      ? value.filter((item) => !isEmpty(item)).map((item) => (typeof item === "object" ? cleaned(item as Body) : item))
      : typeof value === "object" ? cleaned(value as Body) : value;
  }
  return result;
}

/** Required fields that are filled, of all required ones: the progress of a section. */
export function progress(fields: Field[], body: Body): { filled: number; required: number } {
  const required = fields.filter((field) => field.required);
  return { filled: required.filter((field) => !isEmpty(body[field.name])).length, required: required.length };
}

/** A localized text in one language, the richer {text, state} form included. */
export function textIn(value: unknown, tag: string): string {
  if (typeof value === "string") return value;
  if (value == null || typeof value !== "object") return "";
  const short = tag === "zh-CN" ? "zh" : tag;
  const texts = value as Record<string, unknown>;
  const found = texts[short] ?? texts[tag] ?? texts.zh ?? Object.values(texts)[0];
  if (typeof found === "string") return found;
  return found && typeof found === "object" ? String((found as { text?: string }).text ?? "") : "";
}

/** The state of a translation: original, human, machine or stale; empty when there is none. */
export function stateIn(value: unknown, tag: string): string {
  if (value == null || typeof value !== "object") return "";
  const found = (value as Record<string, unknown>)[tag === "zh-CN" ? "zh" : tag];
  return found && typeof found === "object" ? String((found as { state?: string }).state ?? "") : "";
}

export { grouped } from "@/format";
