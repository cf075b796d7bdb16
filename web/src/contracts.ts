// Contracts, their recognition and the guided questions, as the server answers them.
import type { FileInfo } from "./shapes";
import type { Body } from "./ui/form";

export interface Amounts { total: string; nontech: string; tech: string; own_contribution: string; currency: string; pending: boolean }
export interface ReasonText { code: string; title: string; why: string; cure: string; law?: string; sure?: string }
export interface Judgement {
  rule_set: string;
  outcome: "REGISTER" | "RETURN" | "NOT_REGISTERED" | "NOT_ACCEPTED";
  class?: string;
  reasons: { code: string; law?: string; mark?: string; sure?: string }[];
  explained: ReasonText[];
  flags: string[];
  unknown_facts: string[];
  may_be_split: boolean;
  amounts?: Amounts;
  equity?: string;
  lane?: string;
  parts: { id: string; status: string; class: string; codes: string[]; amounts: Amounts }[];
  path: { condition: string; holds: boolean; part?: string; code?: string; text: string; explained?: string }[];
}
export interface Question { fact: string; part: string; ask: string; why: string; example: string; values: { value: string; label: string }[] }
export interface ContractHistory { at: string; transition: string; from: string; to: string; reason: string; text: string; actor: string }
export interface Contract {
  id: string;
  title: string;
  owner: string;
  counterpart: string;
  point: string;
  place: string;
  agreement: string;
  body: Body;
  answers: Record<string, unknown>;
  pending_body?: Body;
  round: number;
  rule_set: string;
  number: string;
  class: string;
  total: string;
  technical: string;
  accepted_on?: string;
  registered_on?: string;
  sample: boolean;
  version: number;
  files?: FileInfo[];
  history?: ContractHistory[];
}
export interface ContractRow { id: string; title: string; state: string; state_title: string; working_days_left?: number; number: string; class: string; seller: string; buyer: string; total: string; sample: boolean; due?: string }

type Answers = Record<string, unknown>;

/** The answer given to a question, or undefined. */
export function answerOf(answers: Answers, fact: string, part: string): string | undefined {
  const holder = part ? ((answers.parts as Record<string, Answers> | undefined)?.[part] ?? {}) : answers;
  const value = holder[fact];
  return value == null ? undefined : String(value);
}

/** The answers with one more. */
export function withAnswer(answers: Answers, fact: string, part: string, value: string | undefined): Answers {
  if (!part) {
    const next = { ...answers, [fact]: value };
    if (value === undefined) delete next[fact];
    return next;
  }
  const parts = { ...((answers.parts as Record<string, Answers> | undefined) ?? {}) };
  parts[part] = { ...(parts[part] ?? {}), [fact]: value };
  if (value === undefined) delete parts[part][fact];
  return { ...answers, parts };
}
