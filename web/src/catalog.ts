// Entries, their kinds, matches and the coach, as the server answers them.
import { get } from "./api";
import type { HistoryItem } from "./shapes";
import type { Body, Form } from "./ui/form";

export interface Duplicate { entry: string; title: string; reason: string; reason_text: string; similarity: number }
export interface EntryRow {
  id: string;
  kind: string;
  kind_title: string;
  state: string;
  state_title: string;
  title: string;
  summary?: string;
  updated_at: string;
  published_at: string | null;
  valid_until: string | null;
  place: string;
  place_name: string;
  owner_name?: string;
  is_sample: boolean;
  version: number;
  stale: string[];
}
export interface Entry extends EntryRow {
  language: string;
  visibility: string;
  has_confidential: boolean;
  created_at: string;
  body: Body;
  confidential?: Body;
  owner?: { id: string; name: string };
  mine: boolean;
  may_edit: boolean;
  may_translate: boolean;
  duplicates?: Duplicate[];
}
export interface CoachAsk { group: string; fields: string[]; text: string; essential: boolean }
export interface Advice { class: string; class_text: string; rule_text: string; asks: CoachAsk[]; answered: number; total: number }
export interface MatchReason { part: string; title: string; share: number; share_max: number; known: boolean; common: { demand: string; achievement: string; element: string; share: number }[] }
export interface Match {
  id: string;
  title: string;
  kind: string;
  place: string;
  score: number;
  reasons: MatchReason[];
  missing: { code: string; text: string }[];
}
const forms = new Map<string, Promise<Form>>();
/** The form of a kind or typed record, in the reader's language; kept until the language changes. */
export function formOf(kind: string, language: string): Promise<Form> {
  const key = `${kind}/${language}`;
  let found = forms.get(key);
  if (!found) {
    found = get<Form>(`/api/forms/${kind}?lang=${language}`);
    found.catch(() => forms.delete(key));
    forms.set(key, found);
  }
  return found;
}
export const historyOf = async (id: string): Promise<HistoryItem[]> => (await get<{ history: HistoryItem[] }>(`/api/entries/${id}/history`)).history;
