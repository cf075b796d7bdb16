// Programmes and their records as the server shows them.
import type { CaseInfo, FileInfo } from "./shapes";
import type { Body, Form } from "./ui/form";

export interface Window { batch: string; opens: string; closes: string }
export interface Result { code: string; title: string; refuses?: boolean; fails?: boolean }
export interface StepInfo {
  code: string; kind: string; title: string; help?: string; at: string; who: string[]; source: string;
  may_return: boolean; may_refuse: boolean; may_skip: boolean; chooses_result: boolean; ranked: boolean; needs_files: string[];
  return_working_days?: number;
  clock?: { working_days: number; calendar_days: number; remind_before: number; escalate_to: string; on_due: string; source: string; to_be_set: boolean };
  notice?: { days: number; working: boolean; decide_working_days: number; heard_by: string[] };
}
export interface SheetItem { code: string; title: string; help?: string; points: string; by_rule: boolean; rule?: string; minimum?: string; only_for: string[] }
export interface Sheet { sections: { code: string; title: string; items: SheetItem[] }[]; experts_min: number; hides_applicant: boolean; pass_at?: string; source: string }
export interface Brief { code: string; version: string; title: string; summary: string; category: string; source: string; open: Window | null; next: Window | null; always: boolean; to_be_set: boolean; clauses: string[] }
export interface AwardRule { title: string; base: string; mode: string; tiers: { up_to?: string; percent: string }[]; exclusions: { code: string; title: string }[]; instalments: { code: string; title: string; percent: string; after: string }[]; clawback: { code: string; title: string; percent: string }[] }
export interface Programme extends Brief {
  documents: string; hash: string; revision: number; form: Form;
  prefill: Record<string, { source: string; explain: boolean }>;
  applicant: { person: boolean; who: string[]; organisation_kinds: string[]; one_per: string };
  attachments: { kind: string; title: string; required: boolean; confidential: boolean }[];
  eligibility: { code: string; text: string; hard: boolean; to_be_set: boolean; source: string }[];
  steps: StepInfo[]; titles: { code: string; name: string; number: string; valid_months: number }[]; results: Result[];
  parameters: { code: string; title: string; unit: string; value?: string; to_be_set: boolean; source: string }[];
  follow_ups: { code: string; kind: string; title: string; after_months: number; every_months: number; open_days: number; revoke_after: number; results: Result[]; to_be_set: boolean }[];
  scoring: Sheet | null; award: AwardRule | null; catalogue: string;
}
export interface Finding { value: string; actual: string; comparison: string; wanted: string; verdict: string }
export interface Eligibility { met: boolean; open: boolean; items: { code: string; text: string; verdict: string; hard: boolean; to_be_set: boolean; source: string; findings: Finding[] }[] }
export interface ScoreInfo { total: string; complete: boolean; verdict: string; lines: { code: string; section: string; applies: boolean; points: string; counted: string; counted_max: string; given?: string; below_minimum: boolean }[] }
export interface AwardLine { what: string; item: string; base: string; rate: string; effect: string; reason: string }
export interface Calculation { total: string; lines: AwardLine[]; instalments: { code: string; amount: string }[]; unset: string[] }
export interface AwardInfo { id: string; total: string; paid: string; to_return: string; returned: string; state: string; calculation: Calculation; payments: { kind: string; instalment: string; amount: string; document: string; at: string }[]; rule: AwardRule; version: number }
export interface FollowUpInfo { id: string; application: string; code: string; kind: string; title: string; subject: string; round: number; opens_on: string; due_on: string; state: string; result: string; result_title?: string; score: string | null; version: number; body?: Body; form?: Form | null; results?: Result[]; computed?: ScoreInfo; case?: CaseInfo }
export interface ReviewRow { id: string; expert_name: string; state: string; total: string | null; words?: string; version: number }
export interface Application {
  id: string; programme: string; programme_title: string; process: string; batch: string; title: string; owner_name?: string; state: string; state_title?: string; type: string; result: string; result_title?: string; rank: number; score: string | null; editable: boolean; submitted_at: string | null; version: number; due?: string | null;
  body: Body; prefilled: Body; reasons: Record<string, string>; definition: Programme; case: CaseInfo; files: FileInfo[]; eligibility: Eligibility; defects: { code: string; field: string; text: string }[];
  leads_review: boolean; reviews?: ReviewRow[]; panel?: { score: ScoreInfo; spread: string; left_out: number; needs_another: boolean };
  titles: { id: string; number: string; name?: string; state: string; valid_from: string; valid_until: string | null; grade_title: string }[];
  follow_ups: FollowUpInfo[]; award: AwardInfo | null; award_preview?: Calculation; decides: boolean;
}
export const sameValue = (left: unknown, right: unknown): boolean => String(left ?? "") === String(right ?? "") || (left !== "" && right !== "" && Number(left) === Number(right));
