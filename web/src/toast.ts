import { ref } from "vue";

/** One short line at the foot of the page that says what was done; read out politely. */
export const toastText = ref("");
let timer: number | undefined;

export function toast(text: string): void {
  window.clearTimeout(timer);
  toastText.value = text;
  timer = window.setTimeout(() => (toastText.value = ""), 5000);
}
