// Live news for the signed-in account over one EventSource; the browser resumes with Last-Event-ID.
import { onBeforeUnmount } from "vue";

export interface News { event: string; data: Record<string, unknown> }
type Listener = (news: News) => void;

const listeners = new Set<Listener>();
const names = ["inbox", "room", "reset"];
let source: EventSource | null = null;

function open(): void {
  if (source || typeof EventSource === "undefined") return;
  source = new EventSource("/api/events");
  for (const name of names) {
    source.addEventListener(name, (message) => {
      let data: Record<string, unknown> = {};
      try {
        data = JSON.parse((message as MessageEvent<string>).data) as Record<string, unknown>;
      } catch {
        // An event without JSON still says that something happened.
      }
      for (const listener of listeners) listener({ event: name, data });
    });
  }
}

/** Calls the listener until the component goes away. */
export function useNews(listener: Listener): void {
  open();
  listeners.add(listener);
  onBeforeUnmount(() => listeners.delete(listener));
}
