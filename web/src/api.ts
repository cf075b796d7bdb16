// The one door to the server: JSON, CSRF token, versions (ETag / If-Match), idempotency keys and
// problem documents. Everything that the server refuses becomes a Problem.

export interface Cause {
  code: string;
  field?: string;
  clause?: string;
  title?: string;
  causes?: Cause[];
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly field: string,
    readonly clause: string,
    readonly causes: Cause[],
  ) {
    super(title);
  }

  /** The refusal for a field, if it is about one. */
  of(field: string): string | undefined {
    if (this.field === field) return this.title;
    return this.causes.find((cause) => cause.field === field)?.title;
  }
}

export interface Answer<T> {
  body: T;
  version: number | null;
  location: string | null;
}

let csrf = "";
let onSignedOut: () => void = () => {};

export function setCsrf(token: string): void {
  csrf = token;
}

export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

interface Options {
  version?: number | null;
  idempotencyKey?: string;
  body?: unknown;
  files?: FormData;
}

async function refusal(response: Response): Promise<Problem> {
  try {
    const problem = await response.json();
    return new Problem(response.status, problem.code ?? "other", problem.title ?? String(response.status), problem.field ?? "",
      problem.clause ?? "", problem.causes ?? []);
  } catch {
    return new Problem(response.status, "other", `${response.status} ${response.statusText}`, "", "", []);
  }
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  let body: BodyInit | undefined;
  if (options.files) body = options.files;
  else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  if (options.version != null) headers["If-Match"] = `"${options.version}"`;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body, credentials: "same-origin" });
  } catch {
    throw new Problem(0, "network", "", "", "", []);
  }
  if (!response.ok) {
    const problem = await refusal(response);
    if (problem.code === "not_signed_in") onSignedOut();
    throw problem;
  }
  const etag = response.headers.get("ETag")?.replace(/^W\//, "").replace(/"/g, "");
  const version = etag && /^\d+$/.test(etag) ? Number(etag) : null;
  const text = response.status === 204 ? "" : await response.text();
  return { body: (text ? JSON.parse(text) : null) as T, version, location: response.headers.get("Location") };
}

/** Sends a file and gets one back: lists in, lists out. */
export async function postForFile(path: string, files: FormData): Promise<Blob> {
  const response = await fetch(path, { method: "POST", headers: csrf ? { "X-CSRF-Token": csrf } : {}, body: files, credentials: "same-origin" });
  if (!response.ok) throw await refusal(response);
  return response.blob();
}

export const get = async <T>(path: string): Promise<T> => (await call<T>("GET", path)).body;
export const post = <T>(path: string, body: unknown, options: Options = {}): Promise<Answer<T>> => call<T>("POST", path, { ...options, body });
export const put = <T>(path: string, body: unknown, version: number | null): Promise<Answer<T>> => call<T>("PUT", path, { body, version });
export const del = <T>(path: string): Promise<Answer<T>> => call<T>("DELETE", path);

/** A key made when a form is opened: pressing twice, or a retry after a broken line, creates once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function query(parameters: Record<string, string | number | null | undefined>): string {
  const used = Object.entries(parameters).filter(([, value]) => value !== "" && value != null) as [string, string | number][];
  return used.length ? `?${new URLSearchParams(used.map(([key, value]) => [key, String(value)]))}` : "";
}
