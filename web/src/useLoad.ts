import { type Ref, type ShallowRef, ref, shallowRef } from "vue";
import { Problem } from "./api";

export interface Load<T> {
  data: ShallowRef<T | null>;
  problem: ShallowRef<Problem | null>;
  loading: Ref<boolean>;
  load: () => Promise<void>;
}

export function asProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem(0, "other", String(cause), "", "", []);
}

/** Something read from the server, with its refusal and whether it is under way. A later call wins over an earlier one. */
export function useLoad<T>(loader: () => Promise<T>): Load<T> {
  const data = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const loading = ref(false);
  let latest = 0;
  async function load(): Promise<void> {
    const mine = ++latest;
    loading.value = true;
    try {
      const found = await loader();
      if (mine !== latest) return;
      data.value = found;
      problem.value = null;
    } catch (cause) {
      if (mine === latest) problem.value = asProblem(cause);
    } finally {
      if (mine === latest) loading.value = false;
    }
  }
  return { data, problem, loading, load };
}

/** Something done on the server: busy while it runs, its refusal kept. True when it was done. */
export function useAction(): { busy: Ref<boolean>; problem: ShallowRef<Problem | null>; run: (work: () => Promise<void>) => Promise<boolean> } {
  const busy = ref(false);
  const problem = shallowRef<Problem | null>(null);
  async function run(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    problem.value = null;
    try {
      await work();
      return true;
    } catch (cause) {
      problem.value = asProblem(cause);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, run };
}
