import { ref, shallowRef } from "vue";
import { createI18n } from "vue-i18n";
import type { Language } from "element-plus/es/locale";

// zh-CN is the source; a key that a language lacks is shown in it. The other eight languages need only their file.
const files: Record<string, () => Promise<{ default: Record<string, unknown> }>> = {
  "zh-CN": () => import("./locales/zh-CN.json"),
  "zh-TW": () => import("./locales/zh-TW.json"),
  en: () => import("./locales/en.json"),
};
const elementFiles: Record<string, () => Promise<{ default: Language }>> = {
  "zh-CN": () => import("element-plus/es/locale/lang/zh-cn.mjs"),
  "zh-TW": () => import("element-plus/es/locale/lang/zh-tw.mjs"),
  en: () => import("element-plus/es/locale/lang/en.mjs"),
};

export const i18n = createI18n({ legacy: false, locale: "zh-CN", fallbackLocale: "zh-CN", messages: {} as Record<string, never> });
export const elementLocale = shallowRef<Language | undefined>();
export const language = ref("zh-CN");

export async function loadLanguage(wanted: string): Promise<void> {
  const tag = wanted in files ? wanted : "zh-CN";
  for (const needed of tag === "zh-CN" ? ["zh-CN"] : ["zh-CN", tag]) {
    i18n.global.setLocaleMessage(needed as never, (await files[needed]()).default as never);
  }
  elementLocale.value = (await elementFiles[tag]()).default;
  i18n.global.locale.value = tag as never;
  language.value = tag;
  document.documentElement.lang = tag;
  document.cookie = `gq_language=${tag}; path=/; max-age=31536000; SameSite=Lax`;
}
