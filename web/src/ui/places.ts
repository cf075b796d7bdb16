import { shallowRef } from "vue";
import { get } from "@/api";

// A type, not an interface: the cascader asks for an index signature.
export type Place = { code: string; name: string; children?: Place[] };

const tree = shallowRef<Place[]>([]);
const names = new Map<string, string>();
let loading: Promise<void> | null = null;

function remember(places: Place[], above = ""): void {
  for (const place of places) {
    names.set(place.code, above ? `${above} ${place.name}` : place.name);
    remember(place.children ?? [], place.code.endsWith("0000") ? "" : place.name);
  }
}

/** The region's places, loaded once. */
export async function loadPlaces(): Promise<void> {
  loading ??= get<Place>("/api/places").then((region) => {
    // The region itself stands beside its cities, so that cities are one step away.
    tree.value = [{ code: region.code, name: region.name }, ...(region.children ?? [])];
    remember(tree.value);
  });
  return loading;
}
export const placeTree = tree;
/** Follows the tree, so that what was drawn before the places came is drawn again. */
export function placeName(code: string | undefined | null): string {
  return code && tree.value ? names.get(code) ?? code : code ?? "";
}
