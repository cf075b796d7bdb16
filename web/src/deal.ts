// Contacts, rooms, agreements, notices and objections, as the server answers them.
import type { Decision, FileInfo, Transition } from "./shapes";
import type { Body } from "./ui/form";

export interface Side { id: string; name: string; kind?: string; is_public_body?: boolean; place_name?: string }
export interface ContactDecision { transition: string; reason: string; reason_label: string; text: string; by: string; at: string }
export interface Contact {
  id: string;
  entry: string;
  from_entry: string;
  title: string;
  message: string;
  state: string;
  state_title: string;
  working_days_left?: number;
  mine: "in" | "out";
  owner: Side | null;
  requester: Side | null;
  created_at: string;
  answered_at?: string;
  due?: string;
  transitions: Transition[];
  decisions: ContactDecision[];
  has_room: boolean;
  version: number;
}
export interface Message { id: string; organisation: string; by: string; text: string; erased: boolean; own: boolean; at: string }
export interface Meeting { id: string; organisation: string; by: string; topic: string; location: string; starts_at: string; ends_at: string; state: string; answered_by: string }
export interface RoomFile extends FileInfo { organisation?: string; released?: boolean }
export interface Terms { version: string; hash: string; text?: string; accepted: { organisation: string; by: string; hash: string; at: string }[] }
export interface AccessRow { item: string; name: string; by: string; organisation: Side | null; address: string; at: string }
export interface Room {
  opened_at: string;
  organisation: string;
  messages: Message[];
  files: RoomFile[];
  meetings: Meeting[];
  confidential_entries: { entry: string; organisation: string; released: boolean }[];
  terms: Terms;
  contact: Contact;
  agreement: Agreement | null;
}
export interface CourseStep { at: string; transition: string; decision?: string; text: string }
export interface NoticeInfo {
  id: string;
  agreement: string;
  title: string;
  place: string;
  state: string;
  state_title: string;
  body: { result_name?: string; price?: { amount: string; currency: string }; price_formula?: string; basis?: string; seller?: Side; buyer?: Side };
  body_hash: string;
  started_at: string;
  ends_at?: string;
  ended_at?: string;
  end_reason: string;
  course?: CourseStep[];
  objections?: number;
  transitions?: Transition[];
  sample: boolean;
  version: number;
}
export interface ObjectionInfo {
  id: string;
  notice: string;
  title: string;
  ground: string;
  tip: boolean;
  facts?: string;
  wish?: string;
  name?: string;
  contact?: string;
  state: string;
  state_title: string;
  due?: string;
  working_days_left?: number;
  filed_at: string;
  course?: CourseStep[];
  transitions?: Transition[];
  version: number;
}
export interface DiligenceItem { code: string; title: string; state: "done" | "open" | "missing" | "late" | "not_needed"; hash: string; seq: number; at?: string }
export interface Diligence { complete: boolean; items: DiligenceItem[]; notices: NoticeInfo[]; rules: { version: string; text: string; hash: string } }
export interface Confirmation { by: string; at: string }
export interface Agreement {
  id: string;
  contact: string;
  entry: string;
  seller: Side | null;
  buyer: Side | null;
  proposer: string;
  mine: "seller" | "buyer";
  terms: Body;
  revision: number;
  seller_confirmed: Confirmation | null;
  buyer_confirmed: Confirmation | null;
  needs_notice: boolean;
  state: string;
  state_title: string;
  contract: string;
  transitions: string[];
  created_at: string;
  agreed_at?: string;
  version: number;
}

export const idOf = (reference: { id: string } | string | null | undefined): string => (reference && typeof reference === "object" ? reference.id : reference ?? "");

/** The steps of a record as the panel of decisions shows them. */
export function asDecisions(steps: ContactDecision[], titleOf: (code: string) => string): Decision[] {
  return steps.map((step, index) => ({ id: String(index), transition: step.transition, title: titleOf(step.transition), to: "", reason: step.reason, reason_label: step.reason_label, text: step.text, actor_name: step.by, at: step.at }));
}
