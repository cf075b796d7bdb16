// Listings and deposits, as the server answers them, and which step asks for what.
import { newKey, post } from "@/api";

export interface MoneyInfo { amount: string; currency: string }
export interface ListingPartyInfo { party: string; name: string; standing: string; own: boolean; members?: string[]; deposit?: string; reference?: string; confirmed?: boolean; refusal?: string; relation?: string; export_gate?: boolean; undertaken?: boolean; accounts?: Record<string, string> }
export interface ListingFile { id: string; name: string; kind: string; size: number; confidential: boolean }
export interface ListingQuestion { question: string; at: string; text: string; answer?: string; answered_at?: string }
export interface ListingStep { at: string; action: string; [name: string]: string }
export interface ListingInfo {
  id: string; title: string; entry: string; seller: string; seller_name: string; host: string; host_name: string; stage: string; over: boolean;
  price: MoneyInfo; deposit: MoneyInfo; revision: number; terms_hash: string; rules: Record<string, string>; rule_source: string; body: Record<string, string>;
  deadline?: string; published_at?: string; interested?: number; winner?: string; winner_name?: string; deal_price?: MoneyInfo; chosen?: boolean; plan?: string;
  plan_value?: string; paid?: string; contract?: string; certificate: string; end_reason: string; parties: ListingPartyInfo[]; roles: string[];
  auctions: { id: string; phase: string }[]; course?: ListingStep[]; questions?: ListingQuestion[]; files?: ListingFile[]; room?: boolean; book?: Record<string, string>; confidence?: { version: string; text: string; hash: string }; version: number; sample: boolean;
}
export interface StatementLine { id: string; number: string; day: string; amount: string; payer: string; reference: string; verdict: string; listing: string; party: string; waits: boolean }

/** What a step asks for. `party`: chosen among those registered; options: fixed answers, in the words of listing.option. */
export interface StepField { name: string; kind?: "text" | "long" | "money" | "party" | "choice"; options?: string[]; optional?: boolean }
export interface StepShape { action: string; role: string; stages: string[]; fields: StepField[]; danger?: boolean }

const document: StepField = { name: "document" };
const text: StepField = { name: "text", kind: "long" };
export const steps: StepShape[] = [
  { action: "submit", role: "seller", stages: ["draft"], fields: [{ name: "rights", kind: "long" }, { name: "decision" }, { name: "price_basis", kind: "long" }, { name: "secrecy" }, { name: "related", kind: "long" }, { name: "authorisation", optional: true }, { name: "approval", optional: true }] },
  { action: "publish", role: "operator", stages: ["review"], fields: [] },
  { action: "return", role: "operator", stages: ["review"], fields: [{ name: "reason", kind: "long" }] },
  { action: "amend", role: "seller", stages: ["published"], fields: [document, { ...text, optional: true }, { name: "price", kind: "money", optional: true }, { name: "deposit", kind: "money", optional: true }, { name: "approval", optional: true }] },
  { action: "suspend", role: "operator", stages: ["published", "unsold", "qualifying", "agreement", "competition"], fields: [{ name: "reason", kind: "choice", options: ["complaint", "court", "inquiry"] }, document] },
  { action: "resume", role: "operator", stages: ["suspended"], fields: [{ ...document, optional: true }] },
  { action: "lower", role: "seller", stages: ["unsold"], fields: [{ name: "price", kind: "money" }, { name: "decision" }, { name: "approval", optional: true }] },
  { action: "give_up", role: "seller", stages: ["unsold", "choosing"], fields: [], danger: true },
  { action: "relist", role: "seller", stages: ["unsold", "choosing", "failed"], fields: [] },
  { action: "withdraw", role: "seller", stages: ["draft", "review", "published", "suspended", "unsold", "qualifying", "agreement"], fields: [{ name: "reason", kind: "choice", options: ["ownership_dispute", "rights_lapsed", "decision_changed", "price_basis_changed", "own_use", "secrecy_found", "export_refused", "other"] }, text, { name: "approval", optional: true }, { name: "compensation", kind: "long", optional: true }], danger: true },
  { action: "annul", role: "supervisor", stages: ["review", "published", "suspended", "unsold", "qualifying", "agreement", "competition", "result_notice", "contested", "contract_pending", "payment_pending"], fields: [document], danger: true },
  { action: "register", role: "bidder", stages: ["published"], fields: [{ name: "relation", kind: "long", optional: true }] },
  { action: "confirm", role: "bidder", stages: ["published"], fields: [] },
  { action: "leave", role: "bidder", stages: ["published", "qualifying"], fields: [], danger: true },
  { action: "undertake", role: "bidder", stages: ["published", "qualifying", "agreement", "competition"], fields: [] },
  { action: "ask", role: "bidder", stages: ["published"], fields: [text] },
  { action: "offer", role: "bidder", stages: ["agreement"], fields: [{ name: "price", kind: "money", optional: true }, { name: "plan", optional: true }, { name: "security", optional: true }] },
  { action: "accept", role: "seller", stages: ["agreement"], fields: [] },
  { action: "break_off", role: "seller", stages: ["agreement"], fields: [{ name: "reason", kind: "long" }], danger: true },
  { action: "clear_export", role: "operator", stages: ["published", "qualifying"], fields: [{ name: "party", kind: "party" }, document] },
  { action: "declare_priority", role: "bidder", stages: ["published"], fields: [] },
  { action: "waive_priority", role: "bidder", stages: ["published", "priority_window"], fields: [] },
  { action: "match", role: "bidder", stages: ["priority_window"], fields: [{ name: "price", kind: "money" }] },
  { action: "objection_admitted", role: "operator", stages: ["result_notice", "contested"], fields: [{ name: "ground", kind: "long" }] },
  { action: "objection_decided", role: "operator", stages: ["contested"], fields: [{ name: "verdict", kind: "choice", options: ["rejected", "corrected", "upheld"] }, document] },
  { action: "sign", role: "seller", stages: ["contract_pending"], fields: [{ name: "contract" }, { name: "total", kind: "money" }] },
  { action: "register_contract", role: "operator", stages: ["payment_pending", "settled"], fields: [{ name: "number" }] },
  { action: "settle", role: "operator", stages: ["payment_pending"], fields: [] },
  { action: "trigger_reached", role: "operator", stages: ["payment_pending", "settled"], fields: [{ name: "trigger", kind: "choice", options: ["first_sale", "production", "revenue", "financing"] }, document] },
  { action: "certify", role: "operator", stages: ["settled"], fields: [] },
  { action: "default", role: "operator", stages: ["contract_pending", "payment_pending"], fields: [{ name: "ground", kind: "choice", options: ["winner_refused", "false_documents", "collusion", "withdrew_after_accept", "payment_default"] }, document], danger: true },
  { action: "dismiss_default", role: "operator", stages: ["hearing"], fields: [document] },
  { action: "confirm_default", role: "operator", stages: ["hearing"], fields: [document], danger: true },
  { action: "offer_second", role: "seller", stages: ["choosing"], fields: [] },
  { action: "accept_offer", role: "bidder", stages: ["offered"], fields: [] },
  { action: "decline_offer", role: "bidder", stages: ["offered"], fields: [] },
];

/** Steps that this person may take now; whether they succeed is the server's to say. */
export function stepsFor(listing: ListingInfo): StepShape[] {
  const own = listing.parties.find((party) => party.own);
  const inside = own && ["registered", "qualified", "holder"].includes(own.standing);
  return steps.filter((step) => {
    if (!listing.roles.includes(step.role) || !step.stages.includes(listing.stage)) return false;
    if (step.role !== "bidder") return true;
    const mine = listing.roles.includes("seller") || listing.roles.includes("operator");
    if (mine) return false;
    if (step.action === "register") return !inside;
    if (step.action === "ask") return true;
    if (step.action === "undertake") return !!listing.confidence;
    if (step.action === "confirm") return !!inside && own?.confirmed === false;
    if (step.action.endsWith("priority") || step.action === "match") return listing.rules.priority !== "";
    return !!inside || step.action.endsWith("_offer");
  });
}

export async function takeListingStep(listing: ListingInfo, action: string, values: Record<string, string>): Promise<void> {
  const body: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (value.trim() !== "") body[name] = value.trim();
  if (action === "undertake") body.undertaking = listing.confidence?.hash ?? "";
  if (action === "register" || action === "confirm") body.terms = listing.terms_hash;
  await post(`/api/listings/${listing.id}/steps/${action}`, body, { idempotencyKey: newKey() });
}
