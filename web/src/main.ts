import "element-plus/theme-chalk/base.css";
import "./style.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { Problem, whenSignedOut } from "./api";
import { i18n, loadLanguage } from "./i18n";
import { router } from "./router";
import { useSession } from "./stores/session";
import Unreachable from "./views/Unreachable.vue";

function toSignIn(): void {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function start(): Promise<void> {
  const app = createApp(App).use(createPinia()).use(i18n);
  whenSignedOut(toSignIn);
  const session = useSession();
  // What was chosen in this browser holds; the language of the account is for a first visit and for mails.
  const chosen = document.cookie.match(/gq_language=([\w-]+)/)?.[1];
  try {
    if (!(await session.load())) return toSignIn();
  } catch (cause) {
    if (cause instanceof Problem && cause.code === "not_signed_in") return;
    await loadLanguage(chosen ?? "zh-CN");
    return void createApp(Unreachable, { problem: cause }).use(i18n).mount("#app");
  }
  await loadLanguage(chosen ?? session.body?.account.language ?? "zh-CN");
  app.use(router).mount("#app");
}

void start();
