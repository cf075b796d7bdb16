// Contacts, rooms, agreements, notices and objections, as the server answers them.
import type { CaseInfo, FileInfo } from "./shapes";
import type { Body } from "./ui/form";

export interface Side { id: string; name: string; place_name?: string }
export interface EntryRef { id: string; title: string; kind?: string }
export interface Contact {
  id: string;
  entry?: EntryRef | string | null;
  entry_title?: string;
  own_entry?: EntryRef | string | null;
  owner?: Side | string | null;
  owner_name?: string;
  asker?: Side | string | null;
  counterpart?: Side | string | null;
  counterpart_name?: string;
  message?: string;
  state: string;
  state_title?: string;
  due?: string | null;
  direction?: string;
  room?: string | null;
  created_at?: string;
  at?: string;
  version?: number;
  case?: CaseInfo;
}
export interface Message { id: string; author?: string; author_name: string; organisation_name?: string; organisation?: string; mine?: boolean; text: string; at: string }
export interface Meeting { id: string; starts_at?: string; at?: string; minutes?: number; place?: string; mode?: string; link?: string; note?: string; state: string; proposed_by_name?: string; mine?: boolean; may_answer?: boolean }
export interface Nda {
  text: string;
  hash: string;
  version?: string | number;
  accepted?: boolean;
  accepted_at?: string | null;
  accepted_by_name?: string;
  acceptances?: { organisation_name?: string; account_name?: string; at: string; hash?: string }[];
  required?: boolean;
  released?: boolean;
}
export interface AccessRow { id?: string; at: string; account_name?: string; viewer_name?: string; organisation_name?: string; what?: string; what_text?: string; file_name?: string; address?: string }
export interface AgreementShort { id: string; state: string; state_title?: string; due?: string | null }
export interface Room {
  id: string;
  state: string;
  state_title?: string;
  title?: string;
  entry?: EntryRef | null;
  own_entry?: EntryRef | null;
  owner?: Side;
  counterpart?: Side;
  sides?: Side[];
  mine?: "owner" | "counterpart" | string;
  is_owner?: boolean;
  may_write?: boolean;
  messages: Message[];
  files: FileInfo[];
  meetings: Meeting[];
  nda?: Nda | null;
  nda_accepted?: boolean;
  confidential_open?: boolean;
  has_confidential?: boolean;
  agreement?: AgreementShort | string | null;
  version?: number;
}
export interface NoticeInfo {
  id: string;
  title: string;
  state: string;
  state_title?: string;
  starts_at?: string;
  ends_at?: string | null;
  due?: string | null;
  paused?: boolean;
  price?: string;
  mode?: string;
  body?: Body;
  objections?: ObjectionInfo[];
  agreement?: string;
  days?: number;
}
export interface ObjectionInfo {
  id: string;
  notice?: string | { id: string; title: string };
  notice_title?: string;
  reason?: string;
  reason_label?: string;
  text?: string;
  name?: string;
  contact?: string;
  state: string;
  state_title?: string;
  due?: string | null;
  at?: string;
  created_at?: string;
  decision?: string;
  decision_text?: string;
  version?: number;
}
export interface Confirmation { side: string; organisation_name?: string; account_name?: string; at: string; terms_hash?: string }
export interface Agreement {
  id: string;
  contact?: string;
  room?: string;
  title?: string;
  entry?: EntryRef | null;
  state: string;
  state_title?: string;
  terms?: Body;
  body?: Body;
  terms_version?: number;
  terms_hash?: string;
  confirmations?: Confirmation[];
  confirmed_by_owner?: boolean;
  confirmed_by_counterpart?: boolean;
  confirmed_by_me?: boolean;
  may_confirm?: boolean;
  may_change?: boolean;
  needs_notice?: boolean;
  notice?: NoticeInfo | string | null;
  contract?: string | null;
  seller?: Side | string | null;
  buyer?: Side | string | null;
  seller_name?: string;
  buyer_name?: string;
  due?: string | null;
  version: number;
  files?: FileInfo[];
}

export const sideName = (side: Side | string | null | undefined, name?: string): string => name ?? (side && typeof side === "object" ? side.name : "");
export const idOf = (reference: { id: string } | string | null | undefined): string => (reference && typeof reference === "object" ? reference.id : reference ?? "");
