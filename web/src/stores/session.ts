import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { call, get, post, setCsrf } from "@/api";

export interface Grant {
  role: string;
  label: string;
  place: string;
  place_name: string;
  organisation: string;
}
export interface OwnOrganisation { id: string; name: string; kind: string; state: string; is_public_body: boolean; place: string; place_name: string }
export interface OwnAccount { id: string; name: string; login: string; email: string; phone: string; language: string; has_totp: boolean; must_change_password: boolean; version: number }

export interface SessionBody {
  account: OwnAccount;
  organisation: OwnOrganisation | null;
  grants: Grant[];
  memberships: { id: string; role: string; label: string; place: string; organisation: OwnOrganisation | null }[];
  csrf: string;
  unread: number;
}

export const useSession = defineStore("session", () => {
  const body = ref<SessionBody | null>(null);
  const holds = (role: string): boolean => !!body.value?.grants.some((grant) => grant.role === role);
  const holdsAny = (...roles: string[]): boolean => roles.some(holds);
  const isOfficer = computed(() => holds("officer"));
  const isRegistrar = computed(() => holdsAny("registrar", "point_head"));
  const writesEntries = computed(() => holdsAny("transfer_officer", "enterprise_member", "researcher", "broker", "market_operator", "applicant"));

  /** Organisations one may act for, each once. */
  const organisations = computed(() => {
    const found = new Map<string, OwnOrganisation>();
    for (const membership of body.value?.memberships ?? []) if (membership.organisation) found.set(membership.organisation.id, membership.organisation);
    return [...found.values()];
  });

  function take(found: SessionBody): void {
    body.value = found;
    setCsrf(found.csrf);
  }
  /** False when nobody is signed in. */
  async function load(): Promise<boolean> {
    const found = await get<SessionBody | { account: null }>("/api/session");
    if (!found.account) return false;
    take(found as SessionBody);
    return true;
  }
  async function actFor(organisation: string): Promise<void> {
    take((await post<SessionBody>("/api/session/organisation", { organisation })).body);
  }
  async function signOut(): Promise<void> {
    await call("DELETE", "/api/session");
    body.value = null;
  }
  return { body, holds, holdsAny, isOfficer, isRegistrar, writesEntries, organisations, load, actFor, signOut };
});
