// The kinds of entries as the region has them; a new kind is a file of the region, nothing here.
import { ref, watch, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { get } from "./api";

export interface Kind { code: string; title: string; plural: string; summary: string[] }
const kept = new Map<string, Promise<Kind[]>>();

/** The kinds in the reader's language, and the words for one of them. */
export function useKinds(): { kinds: Ref<Kind[]>; kindTitle: (code: string) => string } {
  const { locale } = useI18n();
  const kinds = ref<Kind[]>([]);
  const load = async (): Promise<void> => {
    let found = kept.get(locale.value);
    if (!found) {
      found = get<{ kinds: Kind[] }>(`/api/kinds?lang=${locale.value}`).then((answer) => answer.kinds);
      found.catch(() => kept.delete(locale.value));
      kept.set(locale.value, found);
    }
    kinds.value = await found;
  };
  watch(locale, () => void load(), { immediate: true });
  return { kinds, kindTitle: (code) => kinds.value.find((kind) => kind.code === code)?.title ?? "" };
}
