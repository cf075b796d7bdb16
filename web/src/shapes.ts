// What the server answers about cases, files and history: the parts that every record page shares.
import { get, post, query } from "./api";
import type { FieldOption } from "./ui/form";

export interface Transition {
  code: string;
  title: string;
  to?: string;
  reasons?: FieldOption[] | string;
  needs_text?: boolean;
  needs_files?: string[];
  source?: string;
}
export interface Decision {
  id: string;
  transition: string;
  title?: string;
  from_title?: string;
  to: string;
  to_title?: string;
  reason?: string;
  reason_label?: string;
  text?: string;
  actor_name?: string;
  at: string;
}
export interface CaseInfo {
  process: string;
  process_title?: string;
  subject: string;
  title: string;
  state: string;
  state_title: string;
  since?: string;
  due?: string | null;
  working_days_left?: number;
  due_source?: string;
  paused?: boolean;
  version: number;
  transitions: Transition[];
  decisions?: Decision[];
  is_final?: boolean;
}
export interface QueueRow {
  process: string;
  process_title?: string;
  subject: string;
  title: string;
  state: string;
  state_title: string;
  due?: string | null;
  working_days_left?: number;
  since?: string;
  opened_at?: string;
  place_name?: string;
  owner_name?: string;
  transitions: (Transition | string)[];
}
export interface FileInfo {
  id: string;
  kind: string;
  kind_label?: string;
  name: string;
  content_type: string;
  size: number;
  sha256: string;
  tier: string;
  at: string;
  uploaded_by_name?: string;
  link?: string;
}
export interface HistoryItem {
  version: number;
  at: string;
  actor_name: string;
  changes: { field: string; label?: string; before: unknown; after: unknown; confidential?: boolean }[];
}
export interface TakenStep { transition: Transition; reason: string; text: string }

export const casePath = (process: string, subject: string): string => `/api/cases/${process}/${subject}`;
export const readCase = (process: string, subject: string): Promise<CaseInfo> => get<CaseInfo>(casePath(process, subject));

/** The codes of a list, kept for the session. */
const lists = new Map<string, Promise<FieldOption[]>>();
export function codesOf(list: string): Promise<FieldOption[]> {
  let found = lists.get(list);
  if (!found) {
    found = get<{ codes: FieldOption[] }>(`/api/codes/${list}`).then((answer) => answer.codes);
    found.catch(() => lists.delete(list));
    lists.set(list, found);
  }
  return found;
}

/** Takes a step of a record's process. */
export async function takeStep(base: string, step: TakenStep, version: number | null, data?: unknown): Promise<void> {
  const body: Record<string, unknown> = {};
  if (step.reason) body.reason = step.reason;
  if (step.text) body.text = step.text;
  if (data !== undefined) body.data = data;
  await post(`${base}/${step.transition.code}`, body, { version });
}

/** Where a case of that process is worked on. The same table as in src/app/notify.cpp. A programme's processes begin with the name here. */
const pages: Record<string, string> = {
  entry: "/entries/",
  contact: "/contacts/",
  agreement: "/agreements/",
  price_notice: "/notices/",
  price_objection: "/objections/",
  contract_registration: "/contracts/",
  organisation_check: "/organisations/",
  programme: "/applications/",
  review: "/reviews/",
  objection: "/programme-objections/",
  f: "/follow-ups/",
};
export const recordRoute = (process: string, subject: string): string => {
  const page = pages[process] ?? pages[process.split("_")[0]];
  return page ? `${page}${subject}` : `/cases/${process}/${subject}`;
};

export { query };
